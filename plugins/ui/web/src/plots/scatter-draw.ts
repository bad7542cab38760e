/** Draws a scatter: a point for each run on two scales. */
import { cut } from "../format";
import type { Pen } from "./pen";
import { css, LEVELS, levelOf } from "./ramp";
import type { Scale } from "./scale";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface ScatterLook {
  readonly colours: readonly (readonly [number, number, number])[];
  readonly axis: string;
  readonly grid: string;
  readonly text: string;
  readonly accent: string;
}

export const scatterBox = (width: number, height: number): Box => ({ left: 72, top: 16, right: width - 20, bottom: height - 40 });

export const xOf = (box: Box, place: number): number => box.left + 8 + place * (box.right - box.left - 16);
export const yOf = (box: Box, place: number): number => box.bottom - 8 - place * (box.bottom - box.top - 16);

const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';
const ROOM = { across: 64, up: 18 }; // pixels for the text of a tick
const LONGEST = 11; // letters

/** Lines and numbers of both axes; fewer where there is no room for all. */
export function drawGrid(pen: Pen, box: Box, x: Scale, y: Scale, names: readonly [string, string], look: ScatterLook): void {
  pen.font = FONT;
  pen.lineWidth = 1;
  pen.strokeStyle = look.grid;
  pen.fillStyle = look.axis;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const { at, text } of fewer(x.ticks, (box.right - box.left) / ROOM.across)) {
    line(pen, Math.round(xOf(box, at)) + 0.5, box.top, Math.round(xOf(box, at)) + 0.5, box.bottom);
    pen.fillText(cut(text, LONGEST), xOf(box, at), box.bottom + 6);
  }
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const { at, text } of fewer(y.ticks, (box.bottom - box.top) / ROOM.up)) {
    line(pen, box.left, Math.round(yOf(box, at)) + 0.5, box.right, Math.round(yOf(box, at)) + 0.5);
    pen.fillText(cut(text, LONGEST), box.left - 6, yOf(box, at));
  }
  pen.fillStyle = look.text;
  pen.fillText(names[0], box.right, box.bottom + 29);
  pen.textAlign = "left";
  pen.fillText(names[1], 8, 8);
}

function fewer<Item>(items: readonly Item[], room: number): readonly Item[] {
  const every = Math.max(1, Math.ceil(items.length / room));
  return items.filter((_, at) => at % every === 0);
}

export function line(pen: Pen, x1: number, y1: number, x2: number, y2: number): void {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

const MANY = 5_000; // points that are drawn as small squares

export function drawPoints(pen: Pen, box: Box, rows: Uint32Array, x: Scale, y: Scale, tones: Float32Array | null, look: ScatterLook): void {
  const byLevel: number[][] = Array.from({ length: LEVELS }, () => []);
  for (const row of rows) {
    const tone = tones ? (tones[row] as number) : 0.5;
    if (!Number.isNaN((x.places[row] as number) + (y.places[row] as number))) byLevel[Number.isNaN(tone) ? 0 : levelOf(tone)]?.push(row);
  }
  const isMany = rows.length > MANY;
  pen.globalAlpha = isMany ? 0.5 : 0.85;
  byLevel.forEach((ofLevel, level) => {
    pen.fillStyle = css(look.colours[level] as ScatterLook["colours"][number]);
    for (const row of ofLevel) {
      const [left, top] = [xOf(box, x.places[row] as number), yOf(box, y.places[row] as number)];
      if (isMany) pen.fillRect(left - 1, top - 1, 2, 2);
      else dot(pen, left, top, 4);
    }
  });
  pen.globalAlpha = 1;
}

export function dot(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/** A ring around a run, in the colour of what it says of it. */
export function ring(pen: Pen, box: Box, x: Scale, y: Scale, row: number, colour: string): void {
  const [left, top] = [xOf(box, x.places[row] as number), yOf(box, y.places[row] as number)];
  if (Number.isNaN(left + top)) return;
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(left, top, 6.5, 0, 2 * Math.PI);
  pen.stroke();
}

/** The front as a line from run to run. */
export function drawFront(pen: Pen, box: Box, front: readonly number[], x: Scale, y: Scale, look: ScatterLook): void {
  pen.strokeStyle = look.accent;
  pen.lineWidth = 1.5;
  pen.beginPath();
  front.forEach((row, at) => {
    const [left, top] = [xOf(box, x.places[row] as number), yOf(box, y.places[row] as number)];
    if (at === 0) pen.moveTo(left, top);
    else pen.lineTo(left, top);
  });
  pen.stroke();
  for (const row of front) ring(pen, box, x, y, row, look.accent);
}

const REACH = 14; // pixels

/** The row whose point is nearest to a place; -1 where none is near. */
export function pointAt(box: Box, rows: Uint32Array, x: Scale, y: Scale, left: number, top: number): number {
  let [found, closest] = [-1, REACH];
  for (const row of rows) {
    const away = Math.hypot(xOf(box, x.places[row] as number) - left, yOf(box, y.places[row] as number) - top);
    if (away < closest) [found, closest] = [row, away];
  }
  return found;
}
