/** Which columns a table has: those that were chosen, or those that differ between runs. */
import type { Schemas } from "../../api/client";
import { rankOf } from "../../charts/metric-direction";

export type SchemaKey = Schemas["SchemaKey"];
export type Aggregate = "last" | "min" | "max" | "first" | "mean" | "best_step";
export const AGGREGATES: readonly Aggregate[] = ["last", "min", "max", "first", "mean", "best_step"];

const MOST_PARAMS = 10; // that are shown unasked
const MOST_METRICS = 10;

/** What is always fetched: the cells at the left, and what lengths of time are made of. */
export const FIXED = ["attributes.run_name", "attributes.status", "attributes.start_time", "attributes.end_time"] as const;

export const ATTRIBUTES: readonly (readonly [string, string])[] = [
  ["attributes.start_time", "Started"],
  ["attributes.duration", "Duration"],
  ["attributes.user_id", "User"],
  ["attributes.end_time", "Ended"],
  ["attributes.run_id", "Run id"],
];

/** Metrics, then params that differ, then when and how long. */
export function defaultColumns(keys: readonly SchemaKey[]): string[] {
  const params = keys.filter((key) => key.kind === "param" && key.varies).slice(0, MOST_PARAMS);
  return [...metricKeys(keys).slice(0, MOST_METRICS), ...params.map((key) => key.key), "attributes.duration", "attributes.start_time"];
}

/** Metrics, those that tell how good a run is first, then by how many runs have them. */
export function metricKeys(keys: readonly SchemaKey[]): string[] {
  return keys
    .filter((key) => key.kind === "metric" && !key.name.startsWith("system/"))
    .sort((a, b) => rankOf(a.name) - rankOf(b.name) || b.runs - a.runs || a.name.localeCompare(b.name))
    .map((key) => key.key);
}

/** Params that are equal in all runs, with that value. */
export function constants(keys: readonly SchemaKey[]): readonly (readonly [string, string])[] {
  return keys
    .filter((key) => key.kind === "param" && !key.varies && key.values?.length === 1)
    .map((key) => [key.name, key.values?.[0]?.value ?? ""]);
}

/** A column as the head of a table names it. */
export function columnTitle(key: string): { readonly name: string; readonly note: string } {
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
