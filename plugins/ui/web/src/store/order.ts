/** Orders of rows: a `Uint32Array` of row numbers, sorted by a column. */
import { asNumber, type Column, numberAt, textAt } from "./column";

const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export function identity(rows: number): Uint32Array {
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) order[row] = row;
  return order;
}

/** Rows sorted by a column. Rows without a value, and NaN, come last whichever way; equal ones stay in their order. */
export function sorted(column: Column, rows: number, descending: boolean): Uint32Array {
  const keys = rank(column, rows);
  const order = identity(rows);
  const sign = descending ? -1 : 1;
  order.sort((a, b) => {
    const left = keys[a] as number;
    const right = keys[b] as number;
    if (Number.isNaN(left) || Number.isNaN(right)) {
      return Number.isNaN(left) ? (Number.isNaN(right) ? a - b : 1) : -1;
    }
    return left === right ? a - b : left < right ? -sign : sign;
  });
  return order;
}

/** A number for each row that sorts as the column does. */
function rank(column: Column, rows: number): Float64Array {
  if (column.kind === "number" && column.valid === null) return column.values;
  const keys = new Float64Array(rows);
  if (column.kind === "category") {
    const places = placesOf(column.categories);
    for (let row = 0; row < rows; row++) {
      const code = column.codes[row] as number;
      keys[row] = code < 0 ? Number.NaN : (places[code] as number);
    }
    return keys;
  }
  if (column.kind === "text") {
    const texts = Array.from({ length: rows }, (_, row) => textAt(column, row));
    const places = placesOf(texts.map((text) => text ?? ""));
    for (let row = 0; row < rows; row++) keys[row] = texts[row] === null ? Number.NaN : (places[row] as number);
    return keys;
  }
  for (let row = 0; row < rows; row++) keys[row] = numberAt(column, row) ?? Number.NaN;
  return keys;
}

/** The place of each text among all: by number where each reads as one, else as people order them. */
function placesOf(texts: readonly string[]): Float64Array {
  const values = texts.map(asNumber);
  if (values.every((value) => value !== null)) return Float64Array.from(values as number[]);
  const order = texts.map((_, at) => at).sort((a, b) => COLLATOR.compare(texts[a] as string, texts[b] as string));
  const places = new Float64Array(texts.length);
  order.forEach((at, place) => {
    const before = order[place - 1];
    const same = before !== undefined && COLLATOR.compare(texts[before] as string, texts[at] as string) === 0;
    places[at] = same ? (places[before] as number) : place;
  });
  return places;
}

/** The row with the greatest number of a column, or with the least where the sign is -1; -1 where there is none. */
export function extreme(column: Column, rows: number, sign: 1 | -1): number {
  const keys = rank(column, rows);
  let found = -1;
  let best = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const value = sign * (keys[row] as number); // NaN is never greater
    if (value > best || (value === best && found < 0)) [found, best] = [row, value];
  }
  return found;
}

/** The same order with some rows first, in the order given. */
export function withFirst(order: Uint32Array, first: readonly number[]): Uint32Array {
  if (first.length === 0) return order;
  const chosen = new Set(first);
  const result = new Uint32Array(order.length);
  result.set(first);
  let at = first.length;
  for (const row of order) if (!chosen.has(row)) result[at++] = row;
  return result;
}
