/** How the values of some runs are spread. */
import { type Column, numberAt } from "../store/column";

export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly std: number; // of a sample; 0 of one value alone
  readonly min: number;
  readonly low: number; // a quarter lies below
  readonly median: number;
  readonly high: number;
  readonly max: number;
}

/** Of the finite values that rows have in a column; null where there is none. */
export function spreadOf(column: Column, rows: Uint32Array): Spread | null {
  const found = new Float64Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const value = numberAt(column, row);
    if (value !== null && Number.isFinite(value)) found[count++] = value;
  }
  if (count === 0) return null;
  const values = found.subarray(0, count).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const at = (share: number) => quantile(values, share);
  return { count, mean, std: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, min: at(0), low: at(0.25), median: at(0.5), high: at(0.75), max: at(1) };
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [before, after] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return before + (after - before) * (place - Math.floor(place));
}

export const alone = (value: number): Spread => ({ count: 1, mean: value, std: 0, min: value, low: value, median: value, high: value, max: value });
