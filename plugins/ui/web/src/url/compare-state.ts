/** All that one sees in a comparison, as it stands in the address. */
import { formatList, formatQuery, parseList, withQuery } from "./codec";
import { parseStep } from "./images-state";
import type { WorkspaceState } from "./workspace-state";

export const SECTIONS = ["params", "metrics", "env", "code", "artifacts", "images", "tags"] as const;
export type Section = (typeof SECTIONS)[number];

export interface CompareState {
  readonly runs: readonly string[]; // the baseline first
  readonly section: Section;
  readonly everything: boolean; // also what is the same in all runs
  readonly step: number | null; // of images; null: the last
}

export function parseCompare(search: string): CompareState {
  const given = new URLSearchParams(search);
  const runs = [...new Set(parseList(given.get("runs")))];
  const base = given.get("base");
  return {
    runs: base && runs.includes(base) ? withBaseline(runs, base) : runs,
    section: SECTIONS.find((name) => name === given.get("tab")) ?? "params",
    everything: given.get("all") === "yes",
    step: parseStep(given.get("step")),
  };
}

export function formatCompare({ runs, section, everything, step }: CompareState): string {
  return formatQuery({
    runs: formatList(runs),
    base: runs[0],
    tab: section === "params" ? undefined : section,
    all: everything ? "yes" : undefined,
    step: step === null ? undefined : String(step),
  });
}

export const withBaseline = (runs: readonly string[], base: string): readonly string[] => [base, ...runs.filter((run) => run !== base)];

/** The runs of the workspace that are to be compared: those selected, and the baseline where there is one. */
export const comparedRuns = ({ baseline, selected }: Pick<WorkspaceState, "baseline" | "selected">): readonly string[] =>
  baseline === null ? selected : withBaseline(selected, baseline);

export const compareAddress = (runs: readonly string[]): string =>
  withQuery("/compare", formatCompare({ runs, section: "params", everything: false, step: null }));
