/** Which way metrics are better: what follows from that, and what names let guess; `objective.ts` decides. */

export type Direction = "max" | "min" | null;

const COST = /(^|[^a-z])(latency|duration|seconds|time|ms|memory|lr)([^a-z]|$)/;
const LESS = /(^|[^a-z])(loss|err|error|mse|rmse|mae|mape|nll|perplexity|ppl|wer|cer|fid|logloss|brier|regret|latency|duration|seconds|time|ms|memory)([^a-z]|$)/;
const MORE = /(^|[^a-z])(acc|accuracy|auc|auroc|f1|precision|recall|score|reward|return|r2|bleu|rouge|map|iou|dice|ndcg|mrr|throughput|success)([^a-z]|$)/;

const wordsOf = (metric: string): string => metric.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().replace(/[_/.-]+/g, " ");

/** How early a metric comes: what is to be great, what is to be small, what nobody can say, and last what it cost. */
export function rankOf(metric: string): number {
  if (COST.test(wordsOf(metric))) return 3;
  return { max: 0, min: 1, none: 2 }[guessedDirection(metric) ?? "none"];
}

/** By the name of a metric; null where it does not say. */
export function guessedDirection(metric: string): Direction {
  const words = wordsOf(metric);
  if (LESS.test(words)) return "min";
  return MORE.test(words) ? "max" : null;
}

export const betterText = (direction: Direction): string => ({ max: "higher is better", min: "lower is better", none: "" })[direction ?? "none"];

/** Whether a metric tells of the machine, as MLflow names those. */
export const isSystemMetric = (metric: string): boolean => metric.startsWith("system/");

/** Whether a value is better than another; null where nobody can say. */
export function isBetter(direction: Direction, value: number, than: number): boolean | null {
  if (direction === null || value === than || Number.isNaN(value) || Number.isNaN(than)) return null;
  return direction === "max" ? value > than : value < than;
}

/** The best of some values; null where nobody can say. */
export function bestOf(direction: Direction, values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value): value is number => value !== null && !Number.isNaN(value));
  if (direction === null || numbers.length === 0) return null;
  return direction === "max" ? Math.max(...numbers) : Math.min(...numbers);
}
