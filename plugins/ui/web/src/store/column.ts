/** Columns of a table: numbers as floats, texts as numbers of categories or on demand. No object for each cell. */
import type { ColumnPlace } from "../api/frames";
import { type Frame, readCodes, readNumbers, readTexts, readValid } from "./frame";

export interface NumberColumn {
  readonly kind: "number";
  readonly values: Float64Array;
  valid: Uint8Array | null; // a bit for each row, least significant first
}

export interface CategoryColumn {
  readonly kind: "category";
  readonly codes: Int32Array; // -1 for none
  readonly categories: string[];
}

export interface TextColumn {
  readonly kind: "text";
  readonly text: (row: number) => string;
  readonly valid: Uint8Array | null;
}

export type Column = NumberColumn | CategoryColumn | TextColumn;

export function readColumn(frame: Frame<unknown>, place: ColumnPlace): Column {
  switch (place.type) {
    case "dict":
      return { kind: "category", codes: readCodes(frame, place), categories: [...(place.categories ?? [])] };
    case "text":
    case "hex16":
      return { kind: "text", text: readTexts(frame, place), valid: readValid(frame, place) };
    default:
      return { kind: "number", values: readNumbers(frame, place), valid: readValid(frame, place) };
  }
}

/** A column of texts as it reads where each has a name. */
export function named(column: Column, nameOf: (text: string) => string): Column {
  if (column.kind === "category") return { ...column, categories: column.categories.map(nameOf) };
  return column.kind === "text" ? { ...column, text: (row) => nameOf(column.text(row)) } : column;
}

const isSet = (valid: Uint8Array | null, row: number): boolean =>
  valid === null || (((valid[row >> 3] as number) >> (row & 7)) & 1) === 1;

/** The text of a cell; null where it has none, or is a number. */
export function textAt(column: Column, row: number): string | null {
  if (column.kind === "category") {
    const code = column.codes[row] as number;
    return code < 0 ? null : (column.categories[code] as string);
  }
  return column.kind === "text" && isSet(column.valid, row) ? column.text(row) : null;
}

/** The number of a cell, of a text one that reads as such; null where it has none. */
export function numberAt(column: Column, row: number): number | null {
  if (column.kind === "number") return isSet(column.valid, row) ? (column.values[row] as number) : null;
  const text = textAt(column, row);
  return text === null ? null : asNumber(text);
}

/** What a text says as a number; null where it says none. */
export function asNumber(text: string): number | null {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

export function setNumber(column: NumberColumn, row: number, value: number): void {
  column.values[row] = value;
  if (column.valid) column.valid[row >> 3] = (column.valid[row >> 3] as number) | (1 << (row & 7));
}

export function setText(column: CategoryColumn, row: number, text: string): void {
  let code = column.categories.indexOf(text);
  if (code < 0) code = column.categories.push(text) - 1;
  column.codes[row] = code;
}
