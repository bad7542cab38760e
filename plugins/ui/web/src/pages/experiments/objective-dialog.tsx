/** Says by which metric the runs of an experiment are measured, and which way it is better. */
import { useState } from "react";
import { useExperimentTag } from "../../api/experiment-edits";
import { useSchema } from "../../api/queries";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Select } from "../../components/field";
import { Form } from "../../components/form";
import { ErrorNote } from "../../components/notes";
import { useSaving } from "../../components/use-saving";
import { formatObjective, guessObjective, objectiveOf, parseObjective, TAG } from "../../store/objective";
import styles from "./experiments.module.css";
import type { Experiment } from "./tree";

export function ObjectiveDialog({ experiment, onClose }: { readonly experiment: Experiment; readonly onClose: () => void }) {
  const schema = useSchema([experiment.experiment_id]);
  const keys = schema.data?.keys ?? [];
  const now = objectiveOf(experiment.tags, keys);
  const guess = guessObjective(keys);
  const [metric, setMetric] = useState<string | null>(null);
  const [direction, setDirection] = useState<"max" | "min" | null>(null);
  const saving = useSaving();
  const metrics = keys.filter((key) => key.kind === "metric").map((key) => key.name);
  const shown = { metric: metric ?? now?.metric ?? metrics[0] ?? "", direction: direction ?? now?.direction ?? "max" };
  const tag = useExperimentTag(experiment.experiment_id);
  const back = async () => {
    if (await saving.save(() => tag(TAG, null))) onClose();
  };
  const isSaid = parseObjective(experiment.tags[TAG]) !== null;
  return (
    <Dialog label={`What ${experiment.name} is measured by`} open onClose={onClose}>
      <Form
        action="Save"
        ready={shown.metric !== ""}
        onSubmit={() => tag(TAG, formatObjective(shown))}
        onDone={onClose}
        also={isSaid && <Button small disabled={saving.busy} onClick={() => void back()}>{guess ? `Back to the guess, ${formatObjective(guess)}` : "Back to none"}</Button>}
      >
        <p>The metric comes first in its table and charts, and its best run is marked. Everybody sees this; the tag <code>{TAG}</code> keeps it.</p>
        <div className={styles.row}>
          <Select label="The metric" value={shown.metric} onChange={(event) => setMetric(event.target.value)}>
            {metrics.map((name) => <option key={name} value={name}>{name}</option>)}
          </Select>
          <Select label="Which way is better" value={shown.direction} onChange={(event) => setDirection(event.target.value === "min" ? "min" : "max")}>
            <option value="max">Higher is better</option>
            <option value="min">Lower is better</option>
          </Select>
        </div>
        {saving.error && <ErrorNote error={saving.error} />}
      </Form>
    </Dialog>
  );
}
