/** Draws parallel coordinates: a line for each run, or their density where they are very many. */
import { cut } from "../format";
import { addLines, emptySums, shaded } from "./density";
import type { Pen } from "./pen";
import { css, LEVELS, levelOf } from "./ramp";
import type { Scale } from "./scale";

export const MOST_LINES = 5_000; // beyond, the density is drawn

export interface ParallelLook {
  readonly colours: readonly (readonly [number, number, number])[];
  readonly faint: string; // of runs that brushes hold back
  readonly axis: string;
  readonly text: string;
  readonly halo: string; // behind texts, which lines cross
}

export interface ParallelBox {
  readonly lefts: readonly number[]; // of the axes
  readonly top: number;
  readonly bottom: number;
}

const [SIDE, ABOVE, BELOW] = [64, 44, 14]; // pixels around the axes
const LEAST_STEP = 104; // from axis to axis, so that their names can be read

export const leastWidth = (axes: number): number => 2 * SIDE + (axes - 1) * LEAST_STEP;

/** Where the axes stand in a width. */
export function boxOf(axes: number, width: number, height: number): ParallelBox {
  const step = axes > 1 ? (width - 2 * SIDE) / (axes - 1) : 0;
  return { lefts: Array.from({ length: axes }, (_, at) => Math.round(axes > 1 ? SIDE + at * step : width / 2)), top: ABOVE, bottom: height - BELOW };
}

/** The lines of the rows that are let through, over the faint ones of all. */
export function drawRuns(pen: Pen, scales: readonly Scale[], all: Uint32Array, through: Uint32Array, tones: Float32Array | null, box: ParallelBox, look: ParallelLook): void {
  if (through.length < all.length) {
    const [red, green, blue] = (look.faint.match(/\d+/g) ?? []).map(Number);
    drawRows(pen, scales, all, null, box, [[red ?? 0, green ?? 0, blue ?? 0]], 0.3);
  }
  drawRows(pen, scales, through, tones, box, look.colours, 1);
}

type Colours = ParallelLook["colours"];

function drawRows(pen: Pen, scales: readonly Scale[], rows: Uint32Array, tones: Float32Array | null, box: ParallelBox, colours: Colours, strength: number): void {
  pen.save();
  if (rows.length > MOST_LINES) drawDensity(pen, scales, rows, tones, box, colours, strength);
  else drawLines(pen, scales, rows, tones, box, colours, strength);
  pen.restore();
}

/** One path for each colour: a browser strokes a few long ones faster than many short ones. */
function drawLines(pen: Pen, scales: readonly Scale[], rows: Uint32Array, tones: Float32Array | null, box: ParallelBox, colours: Colours, strength: number): void {
  const byLevel: number[][] = Array.from({ length: LEVELS }, () => []);
  for (const row of rows) byLevel[levelOf(toneOf(tones, row))]?.push(row);
  pen.globalAlpha = strength * Math.max(0.12, Math.min(0.85, 14 / Math.sqrt(rows.length + 1)));
  pen.lineWidth = 1.2;
  pen.lineJoin = "round";
  byLevel.forEach((ofLevel, level) => {
    if (ofLevel.length === 0) return;
    pen.strokeStyle = css(colours[Math.min(level, colours.length - 1)] as Colours[number]);
    pen.beginPath();
    for (const row of ofLevel) trace(pen, scales, row, box);
    pen.stroke();
  });
}

const toneOf = (tones: Float32Array | null, row: number): number => {
  const tone = tones ? (tones[row] as number) : 0.5;
  return Number.isNaN(tone) ? 0.5 : tone;
};

const ALONE = 4; // pixels to both sides of an axis that a value reaches whose neighbours are missing

/** The line of a run, with a gap where it has no value. */
export function trace(pen: Pen, scales: readonly Scale[], row: number, { lefts, top, bottom }: ParallelBox): void {
  const placeAt = (at: number) => scales[at]?.places[row] ?? Number.NaN;
  for (let at = 0; at < scales.length; at++) {
    const [place, left] = [placeAt(at), lefts[at] as number];
    if (Number.isNaN(place)) continue;
    const y = bottom - place * (bottom - top);
    const [isFirst, isLast] = [Number.isNaN(placeAt(at - 1)), Number.isNaN(placeAt(at + 1))];
    if (isFirst) pen.moveTo(isLast ? left - ALONE : left, y);
    if (!isFirst || isLast) pen.lineTo(isFirst ? left + ALONE : left, y);
  }
}

function drawDensity(pen: Pen, scales: readonly Scale[], rows: Uint32Array, tones: Float32Array | null, { lefts, top, bottom }: ParallelBox, colours: Colours, strength: number): void {
  const left = lefts[0] ?? 0;
  const width = (lefts.at(-1) ?? 0) - left;
  const height = Math.round(bottom - top);
  if (width < 1 || height < 1) return;
  const sums = emptySums(width, height);
  for (let at = 1; at < scales.length; at++) {
    const gap = { from: (scales[at - 1] as Scale).places, to: (scales[at] as Scale).places, left: (lefts[at - 1] as number) - left, right: (lefts[at] as number) - left };
    addLines(rows, tones, gap, sums);
  }
  const image = document.createElement("canvas");
  [image.width, image.height] = [width, height];
  image.getContext("2d")?.putImageData(new ImageData(shaded(sums, colours), width, height), 0, 0);
  pen.globalAlpha = strength;
  pen.drawImage(image, left, top, width, height);
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';
const [ROOM, LONGEST] = [15, 14]; // pixels between texts of an axis; letters of one

/** The axes and what stands at them; fewer texts where there is no room for all. */
export function drawAxes(pen: Pen, scales: readonly Scale[], { lefts, top, bottom }: ParallelBox, look: ParallelLook): void {
  pen.font = FONT;
  pen.textBaseline = "middle";
  scales.forEach((scale, at) => {
    const left = lefts[at] as number;
    pen.strokeStyle = look.axis;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(left + 0.5, top);
    pen.lineTo(left + 0.5, bottom);
    pen.stroke();
    const every = Math.ceil((scale.ticks.length * ROOM) / (bottom - top));
    const texts = scale.ticks.map((tick) => short(tick.text));
    // At the first axis long texts would stand beyond the edge.
    const isRight = at > 0 ? at === scales.length - 1 : texts.some((text) => widthOf(text) > left - 7);
    pen.textAlign = isRight ? "left" : "right";
    scale.ticks.forEach((tick, place) => {
      if (place % every === 0) drawTick(pen, texts[place] as string, left + (isRight ? 7 : -7), bottom - tick.at * (bottom - top), isRight, look);
    });
  });
}

const widthOf = (text: string): number => text.length * 6.2 + 4;

/** What does not fit is left out; of a path the end tells it from others. */
const short = (text: string): string => (text.includes("/") && text.length > LONGEST ? `…${text.slice(1 - LONGEST)}` : cut(text, LONGEST));

function drawTick(pen: Pen, text: string, x: number, y: number, isRight: boolean, look: ParallelLook): void {
  const width = widthOf(text);
  pen.fillStyle = look.halo;
  pen.globalAlpha = 0.78;
  pen.fillRect(isRight ? x - 2 : x - width + 2, y - 7, width, 14);
  pen.globalAlpha = 1;
  pen.fillStyle = look.text;
  pen.fillText(text, x, y);
}

const REACH = 8; // pixels

/** The row whose line is nearest to a place, among those that are let through; -1 where none is near. */
export function rowAt(scales: readonly Scale[], rows: Uint32Array, { lefts, top, bottom }: ParallelBox, x: number, y: number): number {
  const at = Math.max(1, lefts.findIndex((left) => left >= x));
  const [before, after] = [scales[at - 1], scales[at]];
  const [left, right] = [lefts[at - 1], lefts[at]];
  if (!before || !after || left === undefined || right === undefined || x < left - REACH || x > right + REACH) return -1;
  const share = (x - left) / (right - left);
  const place = (bottom - y) / (bottom - top);
  let [found, closest] = [-1, REACH / (bottom - top)];
  for (const row of rows) {
    const away = Math.abs((before.places[row] as number) * (1 - share) + (after.places[row] as number) * share - place);
    if (away < closest) [found, closest] = [row, away];
  }
  return found;
}
