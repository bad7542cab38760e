/** Says by which metric the runs of an experiment are measured, and which way it is better. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSchema } from "../../api/queries";
import { write } from "../../api/writing";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Select } from "../../components/field";
import { ErrorNote } from "../../components/notes";
import { formatObjective, guessObjective, objectiveOf, parseObjective, TAG } from "../../store/objective";
import styles from "./experiments.module.css";
import type { Experiment } from "./tree";

export function ObjectiveDialog({ experiment, onClose }: { readonly experiment: Experiment; readonly onClose: () => void }) {
  const client = useQueryClient();
  const schema = useSchema(experiment.experiment_id);
  const keys = schema.data?.keys ?? [];
  const now = objectiveOf(experiment.tags, keys);
  const guess = guessObjective(keys);
  const [metric, setMetric] = useState<string | null>(null);
  const [direction, setDirection] = useState<"max" | "min" | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const metrics = keys.filter((key) => key.kind === "metric").map((key) => key.name);
  const shown = { metric: metric ?? now?.metric ?? metrics[0] ?? "", direction: direction ?? now?.direction ?? "max" };
  const send = async (path: string, body: Readonly<Record<string, string>>) => {
    try {
      await write(path, { experiment_id: experiment.experiment_id, key: TAG, ...body });
      await client.invalidateQueries({ queryKey: ["experiments"] });
      onClose();
    } catch (refused) {
      setError(refused instanceof Error ? refused : new Error(String(refused)));
    }
  };
  return (
    <Dialog label={`What ${experiment.name} is measured by`} open onClose={onClose}>
      <div className={styles.form}>
        <p>The metric comes first in its table and charts, and its best run is marked. Everybody sees this; the tag <code>{TAG}</code> keeps it.</p>
        <div className={styles.row}>
          <Select label="The metric" value={shown.metric} onChange={(event) => setMetric(event.target.value)}>
            {metrics.map((name) => <option key={name} value={name}>{name}</option>)}
          </Select>
          <Select label="Which way is better" value={shown.direction} onChange={(event) => setDirection(event.target.value === "min" ? "min" : "max")}>
            <option value="max">Higher is better</option>
            <option value="min">Lower is better</option>
          </Select>
          <Button look="primary" disabled={!shown.metric} onClick={() => send("experiments/set-experiment-tag", { value: formatObjective(shown) })}>Save</Button>
        </div>
        {parseObjective(experiment.tags[TAG]) && (
          <Button small onClick={() => send("experiments/delete-experiment-tag", {})}>{guess ? `Back to the guess, ${formatObjective(guess)}` : "Back to none"}</Button>
        )}
        {error && <ErrorNote error={error} />}
      </div>
    </Dialog>
  );
}
