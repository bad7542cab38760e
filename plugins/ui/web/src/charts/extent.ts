/** What a chart's axes reach from and to. */
import type { Curve, Curves } from "./curves";

export type Extent = readonly [number, number];

/** The window of x; on a logarithmic axis what is above zero. */
export function xExtent(curves: Curves, zoom: Extent | null, log: boolean): Extent {
  const [low, high] = zoom ?? [curves.x0, curves.x1];
  if (!log || low > 0) return padded(low, high);
  let least = Number.POSITIVE_INFINITY;
  for (const { x } of curves.curves) for (const value of x) if (value > 0 && value < least) least = value;
  return Number.isFinite(least) ? padded(least, Math.max(high, least)) : [1, 10];
}

/** From the least to the greatest value that is seen in a window, with a little room. */
export function yExtent(curves: readonly Curve[], window: Extent, log: boolean): Extent {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const lines = curves.flatMap(({ x, y, smoothed, band }) => [smoothed ?? y, ...(band ? [band.low, band.high] : [])].map((values) => ({ x, values })));
  for (const { x, values } of lines) {
    for (let at = 0; at < values.length; at++) {
      const place = x[at] as number;
      const value = values[at] as number;
      if (place < window[0] || place > window[1] || !Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return log ? [1, 10] : [0, 1];
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1];
  const room = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

function padded(low: number, high: number): Extent {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
