/** Some runs of several experiments, as a line each: what they are called, and how they are. */
import { RunTable } from "../store/run-table";
import type { Schemas } from "./client";
import { readColumns } from "./frames";

const MOST_EXPERIMENTS = 200; // the latest; what lies further back is not among the latest runs
const COLUMNS = ["run_name", "experiment_id", "status", "start_time", "end_time"].map((name) => `attributes.${name}`);

export interface RunLine {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly status: string;
  readonly start: number;
  readonly end: number | null;
}

/** The latest runs that a filter lets through. */
export async function readRuns(experiments: readonly Schemas["ExperimentSummary"][], filter: string | null, limit: number, signal: AbortSignal): Promise<readonly RunLine[]> {
  const experiment_ids = experiments.slice(0, MOST_EXPERIMENTS).map((one) => one.experiment_id);
  const table = RunTable.of(await readColumns({ experiment_ids, filter, columns: COLUMNS, limit }, signal));
  return Array.from({ length: table.rows }, (_, row) => ({
    id: table.id(row),
    name: table.text("attributes.run_name", row) ?? "",
    experiment: table.text("attributes.experiment_id", row) ?? "",
    status: table.text("attributes.status", row) ?? "",
    start: table.number("attributes.start_time", row) ?? 0,
    end: table.number("attributes.end_time", row),
  }));
}
