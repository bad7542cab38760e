/** Draws curves on the canvas of a chart. */
import type uPlot from "uplot";
import type { Curve } from "./curves";

export interface Look {
  readonly colour: (run: string) => string;
  readonly dash: (run: string) => readonly number[];
  readonly baseline: string | null; // drawn thick and dashed
  readonly hovered: string | null; // drawn last, while the others step back
  readonly log: boolean; // whether the y axis takes what is above zero only
}

const MARK = 4; // half the size of a mark, in CSS pixels

export function drawCurves(plot: uPlot, curves: readonly Curve[], look: Look): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineJoin = "round";
  for (const curve of [...curves].sort((a, b) => depth(a.run, look) - depth(b.run, look))) drawCurve(plot, curve, look, ratio);
  ctx.restore();
}

/** What is drawn later lies above. */
const depth = (run: string, look: Look): number => (run === look.hovered ? 2 : run === look.baseline ? 1 : 0);

function drawCurve(plot: uPlot, curve: Curve, look: Look, ratio: number): void {
  const { ctx } = plot;
  const isBase = curve.run === look.baseline;
  const isBack = look.hovered !== null && curve.run !== look.hovered && !isBase;
  const isFront = curve.run === look.hovered;
  ctx.strokeStyle = ctx.fillStyle = look.colour(curve.run);
  ctx.setLineDash((isBase ? [8, 4] : look.dash(curve.run)).map((part) => part * ratio));
  const alpha = isBack ? 0.22 : 1;
  if (curve.band) band(plot, curve.x, curve.band, look.log, alpha * 0.16);
  const width = (isBase || isFront ? 2.4 : 1.3) * ratio;
  if (curve.smoothed) {
    line(plot, curve.x, curve.y, look.log, alpha * 0.22, ratio);
    line(plot, curve.x, curve.smoothed, look.log, alpha, width);
  } else {
    line(plot, curve.x, curve.y, look.log, alpha, width);
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = alpha;
  marks(plot, curve, ratio);
}

/** From the lower to the upper bound of a group; on a logarithmic axis from its bottom where a bound is not above zero. */
function band(plot: uPlot, x: Float64Array, { low, high }: NonNullable<Curve["band"]>, log: boolean, alpha: number): void {
  const { ctx, bbox } = plot;
  const top = (value: number) => (log && value <= 0 ? bbox.top + bbox.height : plot.valToPos(value, "y", true));
  const known = Array.from(x.keys()).filter((at) => Number.isFinite(low[at]) && Number.isFinite(high[at]));
  ctx.globalAlpha = alpha;
  ctx.beginPath();
  for (const at of known) ctx.lineTo(plot.valToPos(x[at] as number, "x", true), top(high[at] as number));
  for (const at of known.reverse()) ctx.lineTo(plot.valToPos(x[at] as number, "x", true), top(low[at] as number));
  ctx.fill();
}

/** Gaps where a value is no finite number; a dot where a point stands alone. */
function line(plot: uPlot, x: Float64Array, y: Float64Array, log: boolean, alpha: number, width: number): void {
  const { ctx } = plot;
  const dots: number[] = [];
  ctx.globalAlpha = alpha;
  ctx.lineWidth = width;
  ctx.beginPath();
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
    left = plot.valToPos(x[at] as number, "x", true);
    top = plot.valToPos(value, "y", true);
    if (length++ === 0) ctx.moveTo(left, top);
    else ctx.lineTo(left, top);
  }
  end();
  ctx.stroke();
  for (let at = 0; at < dots.length; at += 2) {
    ctx.beginPath();
    ctx.arc(dots[at] as number, dots[at + 1] as number, Math.max(width * 1.4, 2), 0, 2 * Math.PI);
    ctx.fill();
  }
}

/** NaN as a cross at the bottom, the infinities as triangles at their ends. */
function marks(plot: uPlot, curve: Curve, ratio: number): void {
  if (curve.nan + curve.infinite === 0) return;
  const { ctx, bbox } = plot;
  const size = MARK * ratio;
  ctx.lineWidth = ratio;
  for (let at = 0; at < curve.x.length; at++) {
    const value = curve.y[at] as number;
    if (Number.isFinite(value)) continue;
    const left = plot.valToPos(curve.x[at] as number, "x", true);
    const top = value === Number.POSITIVE_INFINITY ? bbox.top + size : bbox.top + bbox.height - size;
    ctx.beginPath();
    if (Number.isNaN(value)) {
      ctx.moveTo(left - size, top - size);
      ctx.lineTo(left + size, top + size);
      ctx.moveTo(left - size, top + size);
      ctx.lineTo(left + size, top - size);
      ctx.stroke();
    } else {
      const tip = value > 0 ? -size : size;
      ctx.moveTo(left - size, top - tip);
      ctx.lineTo(left + size, top - tip);
      ctx.lineTo(left, top + tip);
      ctx.fill();
    }
  }
}
