/** An experiment that was deleted: its runs are not shown, but it can be brought back with them. */
import { Link } from "wouter";
import { useExperimentRestored } from "../../api/experiment-edits";
import { DeletedNote } from "../../components/deleted-note";
import type { Experiment } from "../experiments/tree";
import styles from "./workspace.module.css";

export default function DeletedExperiment({ experiment }: { readonly experiment: Experiment }) {
  const restore = useExperimentRestored(experiment.experiment_id);
  return (
    <div className={`${styles.alone} ${styles.gone}`}>
      <h1>{experiment.name}</h1>
      <DeletedNote onRestore={restore}>This experiment was deleted, and its runs with it. All of it can be restored until it is purged.</DeletedNote>
      <p><Link href="/experiments">All experiments</Link></p>
    </div>
  );
}
