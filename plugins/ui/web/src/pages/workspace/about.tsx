/** What people say of an experiment: a note in Markdown, tags, and what its runs are measured by. */
import { useState } from "react";
import { useExperimentTag } from "../../api/experiment-edits";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { EditableNote } from "../../components/editable-note";
import { EditableTags } from "../../components/editable-tags";
import { betterText } from "../../store/metric-direction";
import type { Objective } from "../../store/objective";
import { NOTE, ownTags } from "../../store/tags";
import { ObjectiveDialog } from "../experiments/objective-dialog";
import type { Experiment } from "../experiments/tree";
import styles from "./about.module.css";

interface AboutProps {
  readonly experiment: Experiment;
  readonly objective: Objective | null;
  readonly onClose: () => void;
}

export default function About({ experiment, objective, onClose }: AboutProps) {
  const tag = useExperimentTag(experiment.experiment_id);
  const note = experiment.tags[NOTE] ?? "";
  const [measuring, setMeasuring] = useState(false);
  if (measuring) return <ObjectiveDialog experiment={experiment} onClose={() => setMeasuring(false)} />;
  return (
    <Dialog label={experiment.name} open onClose={onClose}>
      <div className={styles.about}>
        <section aria-label="Note">
          {!note && <p className={styles.none}>No note yet: what is this experiment about, what came of it?</p>}
          <EditableNote label="Note of the experiment" value={note} onSave={(text) => tag(NOTE, text || null)} />
        </section>
        <section aria-label="Tags">
          <h3>Tags</h3>
          <EditableTags tags={ownTags(experiment.tags)} onTag={tag} />
        </section>
        <section aria-label="Objective">
          <h3>Measured by</h3>
          <p className={styles.line}>
            {objective ? `${objective.metric}, ${betterText(objective.direction)}${objective.guessed ? " (guessed)" : ""}` : "nothing that its metrics' names tell"}
            <Button small icon="edit" onClick={() => setMeasuring(true)}>Change</Button>
          </p>
        </section>
      </div>
    </Dialog>
  );
}
