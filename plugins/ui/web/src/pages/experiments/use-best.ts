/** What an experiment is measured by, its best run, and how the latest ones did. */
import { useQuery } from "@tanstack/react-query";
import { api, content, type Schemas } from "../../api/client";
import { readColumns } from "../../api/frames";
import { type Objective, objectiveOf, TAG } from "../../store/objective";
import { RunTable } from "../../store/run-table";
import type { Experiment } from "./tree";

const LATEST = 60; // runs of the small line

export interface Best {
  readonly objective: Objective;
  readonly run: string | null; // null where no run has the metric yet
  readonly value: number | null;
  readonly latest: readonly number[]; // in the order in which runs began
}

export const useBest = (experiment: Experiment, enabled: boolean) =>
  useQuery({
    queryKey: ["runs", experiment.experiment_id, "best", experiment.runs, experiment.last_activity, experiment.tags[TAG]],
    queryFn: ({ signal }) => readBest(experiment, signal),
    enabled: enabled && experiment.runs > 0,
    staleTime: 60_000,
  });

async function readBest({ experiment_id, tags }: Experiment, signal: AbortSignal): Promise<Best | null> {
  const runs = { experiment_ids: [experiment_id] };
  const schema = await content(api.POST("/api/v1/runs/schema", { body: { ...runs, kinds: ["metric"], max_values: 0 }, signal }));
  const objective = objectiveOf(tags, schema.keys);
  if (!objective) return null;
  const column = `metrics.${objective.metric}@last`;
  const order = `metrics.\`${objective.metric}\` ${objective.direction === "max" ? "DESC" : "ASC"}`;
  const ask = async (more: Partial<Schemas["ColumnsRequest"]>) => RunTable.of(await readColumns({ ...runs, columns: [column], ...more }, signal));
  const [best, latest] = await Promise.all([ask({ order_by: [order], limit: 1 }), ask({ limit: LATEST })]);
  const value = best.rows ? best.number(column, 0) : null;
  const values = Array.from({ length: latest.rows }, (_, row) => latest.number(column, row)).filter((one) => one !== null);
  return { objective, run: value === null ? null : best.id(0), value, latest: values.reverse() };
}
