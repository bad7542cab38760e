/** The best value of an experiment, with a small line of the latest runs; what it is measured by can be changed. */
import { useState } from "react";
import { Link } from "wouter";
import { IconButton } from "../../components/button";
import { useSeen } from "../../components/in-view";
import { Sparkline } from "../../components/sparkline";
import { counted, number } from "../../format";
import { ObjectiveDialog } from "./objective-dialog";
import styles from "./experiments.module.css";
import type { Experiment } from "./tree";
import { useBest } from "./use-best";

export function BestCell({ experiment }: { readonly experiment: Experiment }) {
  const [place, seen] = useSeen<HTMLSpanElement>();
  const [editing, setEditing] = useState(false);
  const { data: best } = useBest(experiment, seen);
  const name = experiment.name;
  return (
    <span ref={place} className={styles.best}>
      {best && (
        <>
          <Sparkline values={best.latest} direction={best.objective.direction} label={`${best.objective.metric} of the last ${counted(best.latest.length, "run")}`} />
          {best.run !== null && best.value !== null ? (
            <Link href={`/runs/${best.run}/overview`} title={`The best run: ${String(best.value)}`}><b>{number(best.value)}</b></Link>
          ) : (
            <b className={styles.none}>–</b>
          )}
          <small title={best.objective.guessed ? "Guessed by the names of its metrics" : "As its tag runyard.objective says"}>
            {`${best.objective.direction} ${best.objective.metric}`}
          </small>
        </>
      )}
      {experiment.runs > 0 && <IconButton small icon="edit" className={styles.edit} label={`What ${name} is measured by`} onClick={() => setEditing(true)} />}
      {editing && <ObjectiveDialog experiment={experiment} onClose={() => setEditing(false)} />}
    </span>
  );
}
