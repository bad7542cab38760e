/** Draws curves, on the canvas of a chart or into a file. */
import type { Pen } from "../plots/pen";
import type { Mark } from "../theme/run-colours";
import type { LookOf } from "../theme/signs";
import type { Curve } from "./curves";

/** Where curves are drawn: what with, the box of the axes, and where in it a value stands. */
export interface Field {
  readonly pen: Pen;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly xOf: (value: number) => number;
  readonly yOf: (value: number) => number;
  readonly ratio: number; // pixels of the pen for one of the page
  readonly log: boolean; // whether the y axis takes what is above zero only
}

/** Where the values of an axis stand, from a place on. */
export function placing(low: number, high: number, start: number, length: number, log: boolean): (value: number) => number {
  if (!log) {
    const factor = length / (high - low);
    return (value) => start + (value - low) * factor;
  }
  const [least, factor] = [Math.log10(low), length / Math.log10(high / low)];
  return (value) => start + (Math.log10(value) - least) * factor;
}

const MARK = 4; // half the size of a mark, in CSS pixels
const [THIN, THICK] = [1.3, 2.4];
const EVERY = 64; // CSS pixels between the marks that tell lines apart

/** All of them: bands first, so that no line lies under one; the baseline last. */
export function drawCurves(field: Field, curves: readonly Curve[], looks: LookOf, baseline: string | null): void {
  clipped(field, () => {
    for (const curve of curves) if (curve.band) band(field, curve, looks(curve.run).colour);
    for (const curve of curves) if (curve.run !== baseline) drawCurve(field, curve, looks, curves.length > 1, THIN);
    for (const curve of curves) if (curve.run === baseline) drawCurve(field, curve, looks, false, THICK, BASELINE);
  });
}

const BASELINE = [8, 4];

/** The curve that is pointed at and the baseline, over all others behind a veil. */
export function drawFront(field: Field, curves: readonly Curve[], looks: LookOf, baseline: string | null, run: string, veil: string): void {
  const { pen, left, top, width, height } = field;
  clipped(field, () => {
    pen.globalAlpha = 0.74;
    pen.fillStyle = veil;
    pen.fillRect(left, top, width, height);
    for (const curve of curves) if (curve.run === baseline && run !== baseline) drawCurve(field, curve, looks, false, THICK, BASELINE);
    for (const curve of curves) {
      if (curve.run !== run) continue;
      if (curve.band) band(field, curve, looks(run).colour);
      drawCurve(field, curve, looks, curves.length > 1, THICK, run === baseline ? BASELINE : undefined);
    }
  });
}

function clipped({ pen, left, top, width, height }: Field, draw: () => void): void {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.lineJoin = "bevel"; // round ones cost a fifth more of a hundred dense curves, and at these widths nobody sees them
  draw();
  pen.restore();
}

function drawCurve(field: Field, curve: Curve, looks: LookOf, isOneOfMany: boolean, width: number, dash?: readonly number[]): void {
  const { pen, ratio } = field;
  const look = looks(curve.run);
  pen.strokeStyle = pen.fillStyle = look.colour;
  pen.setLineDash((dash ?? (isOneOfMany ? look.dash : [])).map((part) => part * ratio));
  if (curve.smoothed) line(field, curve.x, curve.y, 0.22, ratio);
  line(field, curve.x, curve.smoothed ?? curve.y, 1, width * ratio);
  pen.setLineDash([]);
  if (isOneOfMany && look.mark !== "none") marksAlong(field, curve, look.mark);
  notFinite(field, curve);
}

/** From the lower to the upper bound of a group; on a logarithmic axis from its bottom where a bound is not above zero. */
function band({ pen, top, height, xOf, yOf, log }: Field, { x, band }: Curve, colour: string): void {
  if (!band) return;
  const { low, high } = band;
  const place = (value: number) => (log && value <= 0 ? top + height : yOf(value));
  const known = Array.from(x.keys()).filter((at) => Number.isFinite(low[at]) && Number.isFinite(high[at]));
  pen.globalAlpha = 0.16;
  pen.fillStyle = colour;
  pen.beginPath();
  known.forEach((at, number) => (number ? pen.lineTo : pen.moveTo).call(pen, xOf(x[at] as number), place(high[at] as number)));
  for (const at of known.reverse()) pen.lineTo(xOf(x[at] as number), place(low[at] as number));
  pen.fill();
}

/** Gaps where a value is no finite number; a dot where a point stands alone. */
function line({ pen, xOf, yOf, log }: Field, x: Float64Array, y: Float64Array, alpha: number, width: number): void {
  const dots: number[] = [];
  pen.globalAlpha = alpha;
  pen.lineWidth = width;
  pen.beginPath();
  let length = 0; // of the piece so far
  let left = 0;
  let top = 0;
  const end = () => {
    if (length === 1) dots.push(left, top);
    length = 0;
  };
  for (let at = 0; at < x.length; at++) {
    const value = y[at] as number;
    if (!Number.isFinite(value) || (log && value <= 0)) {
      end();
      continue;
    }
    left = xOf(x[at] as number);
    top = yOf(value);
    if (length++ === 0) pen.moveTo(left, top);
    else pen.lineTo(left, top);
  }
  end();
  pen.stroke();
  for (let at = 0; at < dots.length; at += 2) circle(pen, dots[at] as number, dots[at + 1] as number, Math.max(width * 1.4, 2));
}

function circle(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/** The mark of a run every so many pixels, so that it is told from a line of the same colour and dashes. */
function marksAlong({ pen, xOf, yOf, log, ratio, left: start, width }: Field, { x, y, smoothed }: Curve, mark: Mark): void {
  const values = smoothed ?? y;
  let last = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < x.length; at++) {
    const value = values[at] as number;
    const left = xOf(x[at] as number);
    if (left - last < EVERY * ratio || left < start || left > start + width || !Number.isFinite(value) || (log && value <= 0)) continue;
    last = left;
    shape(pen, mark, left, yOf(value), 3.5 * ratio);
  }
}

function shape(pen: Pen, mark: Mark, x: number, y: number, size: number): void {
  if (mark === "circle") return circle(pen, x, y, size);
  pen.beginPath();
  for (const [at, [across, down]] of (CORNERS[mark] ?? []).entries()) (at ? pen.lineTo : pen.moveTo).call(pen, x + across * size, y + down * size);
  pen.fill();
}

const CORNERS: Partial<Record<Mark, readonly (readonly [number, number])[]>> = {
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  triangle: [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  cross: [[-1, -0.4], [-0.4, -1], [0, -0.6], [0.4, -1], [1, -0.4], [0.6, 0], [1, 0.4], [0.4, 1], [0, 0.6], [-0.4, 1], [-1, 0.4], [-0.6, 0]],
};

/** NaN as a cross at the bottom, the infinities as triangles at their ends. */
function notFinite({ pen, top: start, height, xOf, ratio }: Field, { x, y, nan, infinite }: Curve): void {
  if (nan + infinite === 0) return;
  const size = MARK * ratio;
  pen.globalAlpha = 1;
  pen.lineWidth = ratio;
  for (let at = 0; at < x.length; at++) {
    const value = y[at] as number;
    if (Number.isFinite(value)) continue;
    const left = xOf(x[at] as number);
    const top = value === Number.POSITIVE_INFINITY ? start + size : start + height - size;
    pen.beginPath();
    if (Number.isNaN(value)) {
      pen.moveTo(left - size, top - size);
      pen.lineTo(left + size, top + size);
      pen.moveTo(left - size, top + size);
      pen.lineTo(left + size, top - size);
      pen.stroke();
    } else {
      const tip = value > 0 ? -size : size;
      pen.moveTo(left - size, top - tip);
      pen.lineTo(left + size, top - tip);
      pen.lineTo(left, top + tip);
      pen.fill();
    }
  }
}
