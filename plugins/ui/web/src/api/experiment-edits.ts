/** Changes of an experiment, after which all that shows it is read again. */
import { useQueryClient } from "@tanstack/react-query";
import { restoreExperiment, tagExperiment } from "./tracking-changes";

/** Null takes the tag away. */
export function useExperimentTag(experimentId: string): (key: string, value: string | null) => Promise<void> {
  const client = useQueryClient();
  return async (key, value) => {
    await tagExperiment(experimentId, key, value);
    await client.invalidateQueries({ queryKey: ["experiments"] });
  };
}

export function useExperimentRestored(experimentId: string): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await restoreExperiment(experimentId);
    await Promise.all(["experiments", "runs", "schema"].map((kind) => client.invalidateQueries({ queryKey: [kind] }))); // its runs are back too
  };
}
