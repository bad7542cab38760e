/** Runs that an id or a name may mean which is no run's id. */
import { useQuery } from "@tanstack/react-query";
import { readRuns, type RunLine } from "../../api/run-lines";
import type { Schemas } from "../../api/client";

const FEW = 5;
const BEGINNING = 8; // letters of an id, as many as runs without a name are called by

/** A text between the quotes of a filter, in which nothing stands for other letters. */
const quoted = (text: string): string => text.replace(/'/g, "''").replace(/[%_]/g, "");

export function useRunsLike(experiments: readonly Schemas["ExperimentSummary"][], text: string) {
  const filter = `attributes.run_id LIKE '${quoted(text.slice(0, BEGINNING))}%' OR attributes.run_name ILIKE '%${quoted(text)}%'`;
  return useQuery<readonly RunLine[]>({
    queryKey: ["runs", "like", text, experiments.length],
    queryFn: ({ signal }) => readRuns(experiments, filter, FEW, signal),
    enabled: experiments.length > 0,
  });
}
