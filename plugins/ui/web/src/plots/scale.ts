/** Axes over columns: where on a line from 0 to 1 each row stands, guessed from the values. */
import { number } from "../format";
import { asNumber, type Column, numberAt, textAt } from "../store/column";
import type { ScaleKind } from "../url/plot-state";

export interface Tick {
  readonly at: number; // from 0 to 1
  readonly text: string;
}

export interface Scale {
  readonly kind: ScaleKind;
  readonly places: Float32Array; // of each row, NaN where it has no value or none that the axis can show
  readonly ticks: readonly Tick[];
  readonly texts: readonly string[]; // of a categorical axis, from the bottom on
  readonly toValue: (at: number) => number;
  readonly toPlace: (value: number) => number;
}

const [WIDE, MOST_STEPS] = [100, 12]; // a range of so many times calls for a logarithm; so few values may be a series of steps
const [MOST_TICKS, MOST_ROWS_OF_FEW] = [8, 10_000]; // so few values have a tick each, where they are soon counted
const MARGIN = 0.5; // of a step, at both ends of a categorical axis
const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The distinct numbers of a column, sorted; null where it has texts that are no numbers. */
export function numbersOf(column: Column, rows: number): Float64Array | null {
  if (column.kind === "category") {
    const values = column.categories.map(asNumber);
    if (values.some((value) => value === null)) return null;
    const used = new Set<number>();
    for (const code of column.codes) if (code >= 0) used.add(values[code] as number);
    return Float64Array.from([...used].filter(Number.isFinite)).sort();
  }
  const found = new Float64Array(rows);
  let length = 0;
  for (let row = 0; row < rows; row++) {
    if (column.kind === "text" && textAt(column, row) !== null && numberAt(column, row) === null) return null;
    const value = numberAt(column, row);
    if (value !== null && Number.isFinite(value)) found[length++] = value;
  }
  return found.subarray(0, length).sort();
}

/** Texts are categories; numbers that span much, or grow by the same factor, stand on a logarithmic axis. */
export function guessKind(sorted: Float64Array | null): ScaleKind {
  if (sorted === null) return "category";
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined || low <= 0) return "linear";
  if (high / low >= WIDE) return "log";
  const steps = [...new Set(sorted.subarray(0, 10_000))];
  if (steps.length < 3 || steps.length > MOST_STEPS || sorted.length > 10_000) return "linear";
  const factor = (steps[1] as number) / (steps[0] as number);
  return steps.every((value, at) => at === 0 || Math.abs(value / (steps[at - 1] as number) / factor - 1) < 0.01) ? "log" : "linear";
}

/** The scale of a column, of the kind that is wanted where the values allow it. */
export function scaleOf(column: Column, rows: number, wanted?: ScaleKind): Scale {
  const sorted = numbersOf(column, rows);
  const kind = sorted === null ? "category" : (wanted ?? guessKind(sorted));
  if (kind === "category") return categorical(column, rows);
  const values = sorted as Float64Array;
  const few = new Set(values.subarray(0, MOST_ROWS_OF_FEW)).size <= MOST_TICKS && values.length <= MOST_ROWS_OF_FEW ? [...new Set(values)] : null;
  const above = kind === "log" ? values.subarray(values.findIndex((value) => value > 0)) : values;
  const isLog = kind === "log" && (above[0] ?? 0) > 0;
  return numeric(column, rows, isLog ? "log" : "linear", padded((isLog ? above : values)[0], values.at(-1), isLog), few);
}

function padded(low: number | undefined, high: number | undefined, log: boolean): readonly [number, number] {
  if (low === undefined || high === undefined) return [0, 1];
  if (low !== high) return [low, high];
  return log ? [low / 2, low * 2] : [low - (Math.abs(low) * 0.1 || 0.5), low + (Math.abs(low) * 0.1 || 0.5)];
}

function numeric(column: Column, rows: number, kind: "linear" | "log", [low, high]: readonly [number, number], few: readonly number[] | null): Scale {
  const turn = kind === "log" ? Math.log10 : (value: number) => value;
  const [start, length] = [turn(low), turn(high) - turn(low)];
  const toPlace = (value: number) => {
    const place = (turn(value) - start) / length;
    return Number.isFinite(place) ? place : Number.NaN;
  };
  const toValue = (at: number) => (kind === "log" ? 10 ** (start + at * length) : start + at * length);
  const values = few?.filter((value) => value >= low) ?? (kind === "log" ? logSteps(low, high) : linearSteps(low, high));
  const written = kind === "log" ? values.map(tickText) : tickTexts(values);
  const ticks = values.map((value, at) => ({ at: toPlace(value), text: written[at] as string }));
  return { kind, places: placesOf(column, rows, toPlace), ticks, texts: [], toValue, toPlace };
}

/** A place for each row; texts are worked out once for each category. */
function placesOf(column: Column, rows: number, toPlace: (value: number) => number): Float32Array {
  const places = new Float32Array(rows).fill(Number.NaN);
  if (column.kind === "category") {
    const of = column.categories.map((text) => toPlace(asNumber(text) ?? Number.NaN));
    for (let row = 0; row < rows; row++) if ((column.codes[row] as number) >= 0) places[row] = of[column.codes[row] as number] as number;
    return places;
  }
  for (let row = 0; row < rows; row++) {
    const value = numberAt(column, row);
    if (value !== null) places[row] = toPlace(value);
  }
  return places;
}

function categorical(column: Column, rows: number): Scale {
  const textOf = (row: number) => (column.kind === "number" ? plain(numberAt(column, row)) : textAt(column, row));
  const used = new Set<string>();
  for (let row = 0; row < rows; row++) {
    const text = textOf(row);
    if (text !== null) used.add(text);
  }
  const texts = [...used].sort(COLLATOR.compare);
  const toPlace = (at: number) => (at + MARGIN) / (texts.length - 1 + 2 * MARGIN);
  const place = new Map(texts.map((text, at) => [text, toPlace(at)]));
  const places = Float32Array.from({ length: rows }, (_, row) => place.get(textOf(row) ?? "") ?? Number.NaN);
  const ticks = texts.map((text, at) => ({ at: toPlace(at), text }));
  return { kind: "category", places, ticks, texts, toPlace, toValue: (at) => at * (texts.length - 1 + 2 * MARGIN) - MARGIN };
}

const plain = (value: number | null): string | null => (value === null ? null : String(value));

export const tickText = (value: number): string => (Math.abs(value) >= 10_000 ? SHORT.format(value) : number(value, 3));

const MOST_DIGITS = 15; // that a number has
const FINE = 100; // how much more exact a text is than the gap to the next one

/** Texts of the ticks of one axis, with as many digits as it takes to tell neighbours apart. */
export function tickTexts(values: readonly number[]): string[] {
  const gaps = values.slice(1).map((value, at) => Math.abs(value - (values[at] as number)));
  const most = Math.min(...gaps.filter((gap) => gap > 0)) / FINE;
  const isFine = (written: (value: number) => number) => values.every((value) => Math.abs(written(value) - value) <= most);
  if (isFine(asWritten)) return values.map(tickText);
  let digits = 4;
  while (digits < MOST_DIGITS && !isFine((value) => Number(value.toPrecision(digits)))) digits++;
  return values.map((value) => (Math.abs(value) >= 10_000 ? LONG.format(Number(value.toPrecision(digits))) : number(value, digits)));
}

/** The number that `tickText` shows. */
function asWritten(value: number): number {
  if (Number.isInteger(value) && Math.abs(value) < 10_000) return value;
  if (Math.abs(value) < 10_000) return Number(value.toPrecision(3));
  const unit = 1_000 ** Math.floor(Math.log10(Math.abs(value)) / 3);
  return (Math.round((value / unit) * 100) / 100) * unit;
}

const LONG = new Intl.NumberFormat("en-US", { maximumFractionDigits: MOST_DIGITS });
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });

/** Round numbers from the least to the greatest, about as many as wanted. */
export function linearSteps(low: number, high: number, about = 5): number[] {
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= raw) as number);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** Powers of ten, with some between where there are few. */
export function logSteps(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades < 1 ? [1, 2, 3, 4, 5, 6, 8] : decades < 2.5 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.round(decades / 6));
  const steps: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % every !== 0) continue;
    steps.push(...factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))));
  }
  return steps.filter((value) => value >= low * 0.9999 && value <= high * 1.0001);
}
