/** What is changed of runs and experiments. */
import { write } from "./writing";

export const renameRun = (id: string, name: string) => write("runs/update", { run_id: id, run_name: name });

/** The server keeps deleted runs until they are purged. */
export const setRunDeleted = (id: string, deleted: boolean) => write(deleted ? "runs/delete" : "runs/restore", { run_id: id });

export const restoreExperiment = (id: string) => write("experiments/restore", { experiment_id: id });

/** Null takes the tag away. */
export const tagRun = (id: string, key: string, value: string | null) =>
  value === null ? write("runs/delete-tag", { run_id: id, key }) : write("runs/set-tag", { run_id: id, key, value });

export const tagExperiment = (id: string, key: string, value: string | null) =>
  value === null
    ? write("experiments/delete-experiment-tag", { experiment_id: id, key })
    : write("experiments/set-experiment-tag", { experiment_id: id, key, value });
