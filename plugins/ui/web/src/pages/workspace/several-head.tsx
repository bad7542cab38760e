/** Whose runs these are, where they are of several experiments: links to each, and a way to leave one out. */
import { Link } from "wouter";
import { IconButton } from "../../components/button";
import { Icon } from "../../components/icon";
import { Popover } from "../../components/popover";
import { counted } from "../../format";
import { betterText } from "../../store/metric-direction";
import type { Objective } from "../../store/objective";
import { choosing } from "../../url/experiments-state";
import type { Experiment } from "../experiments/tree";
import styles from "./several.module.css";

interface SeveralHeadProps {
  readonly experiments: readonly Experiment[];
  readonly missing: readonly string[];
  readonly objective: Objective | null;
  readonly onLeaveOut: (experimentId: string) => void;
}

const NAMED = 3;
const MOST_MISSING = 5; // that are named

export function SeveralHead({ experiments, missing, objective, onLeaveOut }: SeveralHeadProps) {
  const rest = experiments.length - NAMED;
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <h1 className={styles.names}>
          <span>Runs of</span>
          {experiments.slice(0, NAMED).map((one) => <Name key={one.experiment_id} experiment={one} />)}
        </h1>
        <Popover small side="left" label="All experiments that are shown" text={rest > 0 ? `+${rest}` : <Icon name="down" size={13} />}>
          {() => (
            <div className={styles.all}>
              <ul>
                {experiments.map((one) => (
                  <li key={one.experiment_id}>
                    <Name experiment={one} />
                    <small>{counted(one.runs, "run")}</small>
                    {experiments.length > 1 && <IconButton small icon="close" label={`Leave ${one.name} out`} onClick={() => onLeaveOut(one.experiment_id)} />}
                  </li>
                ))}
              </ul>
              <p><Link href={choosing(experiments.map((one) => one.experiment_id))}>Choose others…</Link></p>
            </div>
          )}
        </Popover>
        {objective && (
          <span className={styles.objective} title={objective.guessed ? "Guessed by the names of the metrics of all these runs" : "As each of these experiments says"}>
            {`${objective.metric}, ${betterText(objective.direction)}${objective.guessed ? " (guessed)" : ""}`}
          </span>
        )}
      </div>
      {missing.length > 0 && <p className={styles.missing}>{missingText(missing)}</p>}
    </header>
  );
}

const Name = ({ experiment }: { readonly experiment: Experiment }) => (
  <Link href={`/experiments/${experiment.experiment_id}`} title={experiment.name}>{experiment.name}</Link>
);

/** Which of the experiments that were asked for are not there. */
export function missingText(missing: readonly string[]): string {
  const named = missing.slice(0, MOST_MISSING);
  const others = missing.length - named.length;
  return `Not there: ${named.join("; ")}${others ? `; and ${others} more` : ""}.`;
}
