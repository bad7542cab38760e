/** Which rows brushes let through, and brushes as they are drawn on an axis. */
import { number } from "../format";
import { asNumber, type Column, numberAt, textAt } from "../store/column";
import type { Brush } from "../url/plot-state";
import type { Scale } from "./scale";

/** The rows of an order that every brush lets through; a row without a value is let through by none. */
export function brushed(order: Uint32Array, brushes: readonly Brush[], column: (key: string) => Column | undefined): Uint32Array {
  const tests = brushes.map((brush) => testOf(brush, column(brush.column))).filter((test) => test !== null);
  return tests.length === 0 ? order : order.filter((row) => tests.every((test) => test(row)));
}

type Test = (row: number) => boolean;

/** Null where the column is not here yet: what is not known hides nothing. */
function testOf(brush: Brush, column: Column | undefined): Test | null {
  if (!column) return null;
  const lets = letsOf(brush);
  if (column.kind === "category") {
    const codes = column.categories.map((text) => lets(text, asNumber(text)));
    return (row) => codes[column.codes[row] as number] ?? false;
  }
  return (row) => lets(textAt(column, row), numberAt(column, row));
}

function letsOf(brush: Brush): (text: string | null, value: number | null) => boolean {
  if ("range" in brush) {
    const [low, high] = brush.range;
    return (_, value) => value !== null && value >= low && value <= high;
  }
  const texts = new Set(brush.texts);
  return (text, value) => texts.has(text ?? String(value));
}

const DIGITS = 4; // of a bound, so that an address stays readable

/** The brush between two places of an axis, from the bottom on; null where it lets nothing through. */
export function brushOf(column: string, scale: Scale, from: number, to: number): Brush | null {
  const [low, high] = from < to ? [from, to] : [to, from];
  if (scale.kind === "category") {
    const texts = scale.ticks.filter(({ at }) => at >= low && at <= high).map(({ text }) => text);
    return texts.length ? { column, texts } : null;
  }
  const bound = (at: number, end: number) => (at <= 0 || at >= 1 ? end : Number(scale.toValue(at).toPrecision(DIGITS)));
  const ends = [outward(scale.toValue(0), -1), outward(scale.toValue(1), 1)] as const;
  return { column, range: [bound(low, ends[0]), bound(high, ends[1])] };
}

/** The end of an axis, rounded away from it, so that the run that stands there is let through. */
function outward(value: number, sign: 1 | -1): number {
  const rounded = Number(value.toPrecision(DIGITS));
  if ((rounded - value) * sign >= 0) return rounded;
  return Number((rounded + sign * 10 ** (Math.floor(Math.log10(Math.abs(value))) - DIGITS + 1)).toPrecision(DIGITS));
}

/** From where to where a brush reaches on its axis; null where it is not on it. */
export function placesOfBrush(brush: Brush, scale: Scale): readonly [number, number] | null {
  if ("range" in brush) {
    if (scale.kind === "category") return null;
    const low = scale.toPlace(brush.range[0]);
    const high = scale.toPlace(brush.range[1]);
    return [Math.max(Number.isNaN(low) ? 0 : low, 0), Math.min(Number.isNaN(high) ? 1 : high, 1)];
  }
  const chosen = new Set(brush.texts);
  const at = scale.ticks.filter(({ text }) => chosen.has(text)).map((tick) => tick.at);
  const half = 0.4 / Math.max(scale.ticks.length, 1);
  return at.length ? [Math.min(...at) - half, Math.max(...at) + half] : null;
}

/** The brushes with another one for its column, or without it. */
export const withBrush = (brushes: readonly Brush[], column: string, brush: Brush | null): readonly Brush[] => [
  ...brushes.filter((one) => one.column !== column),
  ...(brush ? [brush] : []),
];

/** "0.001 to 0.1", "adam, sgd". */
export const brushText = (brush: Brush): string =>
  "range" in brush ? `${number(brush.range[0])} to ${number(brush.range[1])}` : brush.texts.join(", ");
