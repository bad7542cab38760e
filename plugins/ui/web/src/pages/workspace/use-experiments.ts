/** The experiments whose runs a workspace shows: those that are there, and what is said of the others. */
import { useMemo } from "react";
import { useExperiment, useSomeExperiments } from "../../api/queries";
import type { Names } from "../../store/run-table";
import type { Experiment } from "../experiments/tree";

export interface Experiments {
  readonly found: readonly Experiment[] | undefined; // as they were asked for; while they are looked up undefined
  readonly ids: readonly string[]; // whose runs are asked for
  readonly missing: readonly string[]; // of several, as one says it
  readonly names: Names;
  readonly error: Error | null;
}

const NONE: readonly string[] = [];

/** One is shown even where it was deleted; of several, those that are in use. */
export function useExperiments(experimentIds: readonly string[]): Experiments {
  const key = experimentIds.join("\n");
  const asked = useMemo(() => key.split("\n"), [key]); // the same list while it has the same
  const [only = "", ...others] = asked;
  const isOne = others.length === 0;
  const one = useExperiment(isOne ? only : "");
  const several = useSomeExperiments(isOne ? NONE : asked);
  const { data, error } = isOne ? { data: one.data && [one.data], error: one.error } : several;
  return useMemo(() => {
    const known = new Map(data?.map((experiment) => [experiment.experiment_id, experiment]));
    const isShown = (id: string) => isOne || known.get(id)?.lifecycle_stage === "active";
    const found = data && asked.flatMap((id) => (isShown(id) ? (known.get(id) ?? []) : []));
    return {
      found,
      ids: isOne ? asked : (found ?? []).map((experiment) => experiment.experiment_id), // of one its runs are asked for at once
      missing: data ? asked.filter((id) => !isShown(id)).map((id) => gone(known.get(id)) ?? `experiment ${id}`) : NONE,
      names: Object.fromEntries((found ?? []).map((experiment) => [experiment.experiment_id, experiment.name])),
      error,
    };
  }, [asked, isOne, data, error]);
}

const gone = (experiment: Experiment | undefined): string | undefined => experiment && `“${experiment.name}”, which was deleted`;
