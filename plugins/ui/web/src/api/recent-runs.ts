/** The latest runs of several experiments. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { RunTable } from "../store/run-table";
import type { Schemas } from "./client";
import { readColumns } from "./frames";

const MOST_RUNS = 8;
const MOST_EXPERIMENTS = 200; // the latest; what lies further back is not among the latest runs
const COLUMNS = ["run_name", "experiment_id", "status", "start_time", "end_time"].map((name) => `attributes.${name}`);

type OneOfMany = Pick<Schemas["ExperimentSummary"], "experiment_id">;

export interface RecentRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly status: string;
  readonly start: number;
  readonly end: number | null;
}

export function useRecentRuns(experiments: readonly OneOfMany[], filter: string | null) {
  const ids = experiments.slice(0, MOST_EXPERIMENTS).map((one) => one.experiment_id);
  return useQuery({
    queryKey: ["recent runs", filter, ids],
    queryFn: async ({ signal }) =>
      runsOf(RunTable.of(await readColumns({ experiment_ids: ids, filter, columns: COLUMNS, limit: MOST_RUNS }, signal))),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  });
}

const runsOf = (table: RunTable): RecentRun[] =>
  Array.from({ length: table.rows }, (_, row) => ({
    id: table.id(row),
    name: table.text("attributes.run_name", row) ?? "",
    experiment: table.text("attributes.experiment_id", row) ?? "",
    status: table.text("attributes.status", row) ?? "",
    start: table.number("attributes.start_time", row) ?? 0,
    end: table.number("attributes.end_time", row),
  }));
