/** What a chart's axes reach from and to. */
import type { Curve, Curves } from "./curves";

export type Extent = readonly [number, number];

/** Of a y axis, with how many of the points that are drawn lie beyond it. */
export interface Reach {
  readonly extent: Extent;
  readonly beyond: number;
}

/** The window of x; on a logarithmic axis what is above zero. */
export function xExtent(curves: Curves, zoom: Extent | null, log: boolean): Extent {
  const [low, high] = zoom ?? [curves.x0, curves.x1];
  if (!log || low > 0) return padded(low, high);
  let least = Number.POSITIVE_INFINITY;
  for (const { x } of curves.curves) for (const value of x) if (value > 0 && value < least) least = value;
  return Number.isFinite(least) ? padded(least, Math.max(high, least)) : [1, 10];
}

/** From the least to the greatest value that is seen in a window, or without outliers, with a little room. */
export function yReach(curves: readonly Curve[], window: Extent, log: boolean, outliers: boolean): Reach {
  const [from, to] = outliers ? ALL : usual(curves, window, log);
  let [low, high, beyond] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  each(curves, window, log, (value) => {
    if (value < from || value > to) {
      beyond++;
      return;
    }
    if (value < low) low = value;
    if (value > high) high = value;
  });
  if (low > high) return { extent: log ? [1, 10] : [0, 1], beyond };
  return { extent: roomy(low, high, log), beyond };
}

const ALL: Extent = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
const [TAIL, FENCE] = [0.05, 1]; // of the values at each end, and how many times what lies between them is usual too

/** Where values usually lie: an outlier stands further from the middle nine tenths than these are wide. */
function usual(curves: readonly Curve[], window: Extent, log: boolean): Extent {
  const found: number[] = [];
  each(curves, window, log, (value) => found.push(log ? Math.log10(value) : value));
  if (found.length === 0) return ALL;
  const values = Float64Array.from(found).sort();
  const at = (share: number) => values[Math.round(share * (values.length - 1))] as number;
  const [low, high] = [at(TAIL), at(1 - TAIL)];
  const room = (high - low) * FENCE;
  return log ? [10 ** (low - room), 10 ** (high + room)] : [low - room, high + room];
}

/** Every value that is drawn in a window: raw ones, smoothed ones, and the bounds of bands. */
function each(curves: readonly Curve[], window: Extent, log: boolean, take: (value: number) => void): void {
  for (const { x, y, smoothed, band } of curves) {
    for (const values of [y, smoothed, band?.low, band?.high]) {
      if (!values) continue;
      for (let at = 0; at < values.length; at++) {
        const place = x[at] as number;
        const value = values[at] as number;
        if (place >= window[0] && place <= window[1] && Number.isFinite(value) && !(log && value <= 0)) take(value);
      }
    }
  }
}

function roomy(low: number, high: number, log: boolean): Extent {
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1];
  const room = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

function padded(low: number, high: number): Extent {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
