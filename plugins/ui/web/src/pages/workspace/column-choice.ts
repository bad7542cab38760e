/** Which columns a table has: those that were chosen, or those that differ between runs. */
import type { Schemas } from "../../api/client";
import { isSystemMetric, rankOf } from "../../store/metric-direction";
import type { Objective } from "../../store/objective";
import { EXPERIMENT } from "../../store/run-table";

export type SchemaKey = Schemas["SchemaKey"];
export type Aggregate = "last" | "min" | "max" | "first" | "mean" | "best_step";
export const AGGREGATES: readonly Aggregate[] = ["last", "min", "max", "first", "mean", "best_step"];

const MOST_PARAMS = 10; // that are shown unasked
const MOST_METRICS = 10;
const FEW = 0.25; // of the runs that have the most common metric: what so few have is looked at last

/** What is always fetched: the cells at the left, and what lengths of time are made of. */
export const FIXED = ["attributes.run_name", "attributes.status", "attributes.start_time", "attributes.end_time"] as const;

export const ATTRIBUTES: readonly (readonly [string, string])[] = [
  ["attributes.start_time", "Started"],
  ["attributes.duration", "Duration"],
  ["attributes.user_id", "User"],
  ["attributes.end_time", "Ended"],
  ["attributes.run_id", "Run id"],
];

/** The keys of runs of several experiments: which of these a run is of is one more, before all others. */
export const withExperiment = (keys: readonly SchemaKey[], runs: number): readonly SchemaKey[] => [
  { key: EXPERIMENT, kind: "experiment", name: "Experiment", runs, type: "text", varies: true, least: null, greatest: null, quantiles: null, values: null },
  ...keys,
];

/** What runs are told apart by: params that differ, and the experiment where there are several. */
export const factors = (keys: readonly SchemaKey[]): string[] =>
  keys.filter((key) => key.kind === "experiment" || (key.kind === "param" && key.varies)).map((key) => key.key);

/** The experiment where there are several, what tells how good a run is, the params that differ, the other metrics, then when and how long. */
export function defaultColumns(keys: readonly SchemaKey[], objective: Objective | null = null): string[] {
  const experiment = keys.filter((key) => key.kind === "experiment").map((key) => key.key);
  const params = factors(keys).filter((key) => key !== EXPERIMENT).slice(0, MOST_PARAMS);
  const [first, ...others] = metricKeys(keys, objective).slice(0, MOST_METRICS);
  return [...experiment, ...(first ? [first] : []), ...params, ...others, "attributes.duration", "attributes.start_time"];
}

/** Metrics: the objective, then those that tell how good a run is, then by how many runs have them. */
export function metricKeys(keys: readonly SchemaKey[], objective: Objective | null = null): string[] {
  const metrics = keys.filter((key) => key.kind === "metric" && !isSystemMetric(key.name));
  const few = FEW * Math.max(0, ...metrics.map((key) => key.runs));
  const rank = (key: SchemaKey): number => (key.name === objective?.metric ? -1 : key.runs < few ? 4 : rankOf(key.name));
  return metrics.sort((a, b) => rank(a) - rank(b) || b.runs - a.runs || a.name.localeCompare(b.name)).map((key) => key.key);
}

/** Params that are equal in all runs, with that value. */
export function constants(keys: readonly SchemaKey[]): readonly (readonly [string, string])[] {
  return keys
    .filter((key) => key.kind === "param" && !key.varies && key.values?.length === 1)
    .map((key) => [key.name, key.values?.[0]?.value ?? ""]);
}

/** Columns as they stand in the table: those that stay at the left come first. */
export function inOrder(columns: readonly string[], left: readonly string[]): readonly string[] {
  const staying = new Set(left);
  return [...columns.filter((key) => staying.has(key)), ...columns.filter((key) => !staying.has(key))];
}

/** The columns, as they stand, with one at another place; what stays at the left and what does not keep apart. */
export function moved(columns: readonly string[], left: readonly string[], column: string, to: number): readonly string[] {
  const others = columns.filter((key) => key !== column);
  const staying = columns.filter((key) => left.includes(key)).length;
  const [first, last] = left.includes(column) ? [0, staying - 1] : [staying, others.length];
  others.splice(Math.min(Math.max(to, first), last), 0, column);
  return others;
}

/** A column as the head of a table names it. */
export function columnTitle(key: string): { readonly name: string; readonly note: string } {
  if (key === EXPERIMENT) return { name: "Experiment", note: "" };
  const attribute = ATTRIBUTES.find(([name]) => name === key);
  if (attribute) return { name: attribute[1], note: "" };
  const [, kind, name = key, aggregate] = /^(params|tags|metrics)\.(.*?)(?:@(\w+))?$/.exec(key) ?? [];
  if (kind !== "metrics") return { name: aggregate ? `${name}@${aggregate}` : name, note: kind === "tags" ? "tag" : "" };
  return { name, note: aggregate === "last" || !aggregate ? "" : aggregate.replace("_", " ") };
}

export const metricOf = (key: string): string | null => /^metrics\.(.*)@\w+$/.exec(key)?.[1] ?? null;

/** What is asked of the server for the columns that are shown. */
export function fetched(columns: readonly string[]): string[] {
  return [...new Set([...FIXED, ...columns.filter((key) => key !== "attributes.duration")])];
}
