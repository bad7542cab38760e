/** How the metrics of experiments are judged, as people said it of these. */
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Measures, measuresOf, parseObjective, TAG } from "../store/objective";
import { experimentQuery } from "./queries";

export function useMeasures(experimentIds: readonly string[]): Measures {
  const said = useQueries({
    queries: [...new Set(experimentIds)].map(experimentQuery),
    combine: (answers) => answers.map(({ data }) => data?.tags[TAG] ?? ""),
  });
  return useMemo(() => measuresOf(said.flatMap((text) => parseObjective(text) ?? [])), [said]);
}
