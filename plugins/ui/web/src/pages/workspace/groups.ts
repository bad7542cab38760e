/** Runs put together by what they have in common, and the lines of a table that shows them so. */
import { groupName } from "../../charts/curves";
import { type Column, numberAt, textAt } from "../../store/column";

export interface Group {
  readonly name: string; // the same that charts give it
  readonly rows: Uint32Array; // in the order of the table
}

/** The largest groups first; in each the rows stay in their order. */
export function grouped(order: Uint32Array, columns: readonly (Column | undefined)[]): Group[] {
  const found = new Map<string, number[]>();
  for (const row of order) {
    const name = groupName(columns.map((column) => (column ? textOf(column, row) : null)));
    const rows = found.get(name);
    if (rows) rows.push(row);
    else found.set(name, [row]);
  }
  return [...found]
    .map(([name, rows]) => ({ name, rows: Uint32Array.from(rows) }))
    .sort((a, b) => b.rows.length - a.rows.length || a.name.localeCompare(b.name));
}

const textOf = (column: Column, row: number): string | null =>
  column.kind === "number" ? (numberAt(column, row)?.toString() ?? null) : textAt(column, row);

/** So many rows of all groups: the first of each, in equal shares, so that a large one leaves room for the others. */
export function shares(groups: readonly Group[], most: number): number[] {
  let left = most;
  const smallest = [...groups].sort((a, b) => a.rows.length - b.rows.length);
  return smallest.flatMap(({ rows }, at) => {
    const taken = [...rows.subarray(0, Math.ceil(left / (smallest.length - at)))];
    left -= taken.length;
    return taken;
  });
}

/** What stands on each line: a row, or below zero the complement of a group's place. */
export function linesOf(order: Uint32Array, groups: readonly Group[] | null, open: readonly string[]): Int32Array {
  if (groups === null) return Int32Array.from(order);
  const opened = new Set(open);
  return Int32Array.from(groups.flatMap(({ name, rows }, at) => [~at, ...(opened.has(name) ? rows : [])]));
}

export type Summary = { readonly mean: number; readonly min: number; readonly max: number } | { readonly text: string } | null;

/** What a column has in rows: the mean and the ends of numbers, the text that all share, or how many differ. */
export function summary(column: Column, rows: Uint32Array, isNumeric: boolean): Summary {
  if (!isNumeric) {
    const texts = new Set(Array.from(rows, (row) => textOf(column, row)).filter((text) => text !== null));
    if (texts.size === 0) return null;
    return { text: texts.size === 1 ? ([...texts][0] as string) : `${texts.size} values` };
  }
  let [sum, count, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const value = numberAt(column, row);
    if (value === null || Number.isNaN(value)) continue;
    sum += value;
    count++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return count ? { mean: sum / count, min, max } : null;
}
