/** What the list of experiments keeps in its address: the search, and which are selected. */
import { formatList, formatQuery, parseList, withQuery } from "./codec";

export interface ExperimentsState {
  readonly query: string;
  readonly selected: readonly string[];
}

export function parseExperiments(search: string): ExperimentsState {
  const given = new URLSearchParams(search);
  return { query: given.get("q") ?? "", selected: [...new Set(parseList(given.get("sel")))] };
}

export const formatExperiments = ({ query, selected }: ExperimentsState): string => formatQuery({ q: query, sel: formatList(selected) });

/** The list with these selected. */
export const choosing = (selected: readonly string[]): string => withQuery("/experiments", formatExperiments({ query: "", selected }));

/** The runs of these experiments together. */
export const runsOf = (experimentIds: readonly string[]): string =>
  experimentIds.length === 1 ? `/experiments/${experimentIds[0]}` : withQuery("/workspace", formatQuery({ exp: formatList(experimentIds) }));

export const MOST_TOGETHER = 200; // experiments in one workspace; each is a topic of the stream of events
