/** Draws a bar for each run or group, with how its values are spread, or a box of their quarters. */
import { cut, number } from "../format";
import type { Pen } from "./pen";
import { linearSteps, tickText } from "./scale";
import { line } from "./scatter-draw";
import type { Spread } from "./spread";

export interface Bar {
  readonly name: string;
  readonly colour: string;
  readonly spread: Spread;
}

/** A mean with nothing, its standard deviation or the ends; or a box from quarter to quarter, with the ends. */
export type BarKind = "plain" | "std" | "minmax" | "box";

export interface BarsLook {
  readonly axis: string;
  readonly grid: string;
  readonly text: string;
  readonly halo: string;
}

export const BAR = 22; // pixels from one to the next
export const TOP = 26;
const [SIDE, RIGHT, WIDE_RIGHT] = [140, 64, 168];
const NARROW = 560; // pixels, below which there is room for the middle alone
const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';

export function drawBars(pen: Pen, bars: readonly Bar[], kind: BarKind, width: number, height: number, look: BarsLook): void {
  const [low, high] = ends(bars, kind);
  const isNarrow = width < NARROW;
  const left = isNarrow ? SIDE * 0.8 : SIDE;
  const length = width - left - (kind === "plain" || isNarrow ? RIGHT : WIDE_RIGHT);
  const at = (value: number) => left + ((value - low) / (high - low || 1)) * length;
  pen.font = FONT;
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  pen.lineWidth = 1;
  for (const value of low < high ? linearSteps(low, high, Math.max(2, Math.floor(length / 90))) : []) {
    pen.strokeStyle = look.grid;
    line(pen, Math.round(at(value)) + 0.5, TOP, Math.round(at(value)) + 0.5, height);
    pen.fillStyle = look.axis;
    pen.fillText(tickText(value), at(value), TOP - 12);
  }
  bars.forEach((bar, place) => {
    const middle = TOP + place * BAR + BAR / 2;
    if (kind === "box") drawBox(pen, bar, at, middle, look);
    else drawBar(pen, bar, kind, at, middle, look);
    pen.fillStyle = look.text;
    pen.textAlign = "right";
    pen.fillText(cut(bar.name, isNarrow ? 16 : 20), left - 8, middle);
    pen.textAlign = "left";
    pen.fillText(said(bar.spread, kind, isNarrow), Math.max(at(0), at(reach(bar.spread, kind)[1])) + 8, middle);
  });
}

/** Bars stand on zero; boxes need not. */
function ends(bars: readonly Bar[], kind: BarKind): readonly [number, number] {
  const all = bars.flatMap(({ spread }) => reach(spread, kind));
  if (kind !== "box") return [Math.min(0, ...all), Math.max(0, ...all)];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = (high - low) * 0.04 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

function reach({ mean, std, min, max }: Spread, kind: BarKind): readonly [number, number] {
  if (kind === "plain") return [mean, mean];
  return kind === "std" ? [mean - std, mean + std] : [min, max];
}

function said({ mean, std, min, median, max }: Spread, kind: BarKind, isNarrow: boolean): string {
  const short = (value: number) => number(value, 3);
  if (isNarrow) return number(kind === "box" ? median : mean);
  if (kind === "plain") return number(mean);
  if (kind === "std") return `${number(mean)} ± ${short(std)}`;
  return `${number(kind === "box" ? median : mean)} (${short(min)} to ${short(max)})`;
}

type At = (value: number) => number;

function drawBar(pen: Pen, { colour, spread }: Bar, kind: BarKind, at: At, middle: number, look: BarsLook): void {
  pen.fillStyle = colour;
  pen.globalAlpha = kind === "plain" ? 1 : 0.72;
  pen.fillRect(Math.min(at(0), at(spread.mean)), middle - 7, Math.abs(at(spread.mean) - at(0)), 14);
  pen.globalAlpha = 1;
  if (kind !== "plain" && spread.count > 1) whisker(pen, ...reach(spread, kind), at, middle, look.text);
}

function drawBox(pen: Pen, { colour, spread }: Bar, at: At, middle: number, look: BarsLook): void {
  const { min, low, median, high, max } = spread;
  whisker(pen, min, max, at, middle, look.text);
  pen.fillStyle = look.halo;
  pen.fillRect(at(low), middle - 7, at(high) - at(low), 14);
  pen.fillStyle = colour;
  pen.globalAlpha = 0.72;
  pen.fillRect(at(low), middle - 7, Math.max(at(high) - at(low), 1), 14);
  pen.globalAlpha = 1;
  pen.strokeStyle = look.text;
  pen.lineWidth = 2;
  line(pen, at(median), middle - 7, at(median), middle + 7);
}

function whisker(pen: Pen, low: number, high: number, at: At, middle: number, colour: string): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  line(pen, at(low), middle, at(high), middle);
  for (const end of [low, high]) line(pen, at(end), middle - 4, at(end), middle + 4);
}
