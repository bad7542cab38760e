/** The latest runs of several experiments. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { readRuns } from "../../api/run-lines";
import type { Experiment } from "../experiments/tree";

const MOST_RUNS = 8;

export function useRecentRuns(experiments: readonly Experiment[], filter: string | null) {
  return useQuery({
    queryKey: ["home", filter, experiments.map((one) => one.experiment_id)],
    queryFn: ({ signal }) => readRuns(experiments, filter, MOST_RUNS, signal),
    enabled: experiments.length > 0,
    placeholderData: keepPreviousData,
  });
}
