/** What a chart of curves shows, as rows: each point for a file, each curve in short for a reader. */
import type { Cell } from "../plots/files";
import { placeText } from "./axes";
import type { Curve, Curves } from "./curves";
import type { Extent } from "./extent";

type NameOf = (run: string) => string;

const xTitle = (x: string): string => ({ relative: "milliseconds since the start", wall: "milliseconds since 1970" })[x] ?? x.replace("metric:", "");

/** Every point that is drawn in the window. */
export function pointRows({ curves }: Curves, metric: string, x: string, window: Extent, nameOf: NameOf): Cell[][] {
  if (curves.some((curve) => curve.band)) {
    const head = ["group", "runs", xTitle(x), metric, `${metric} low`, `${metric} high`];
    return [head, ...curves.flatMap((curve) => inWindow(curve, window).map((at) => [curve.run, curve.band?.runs ?? 0, curve.x[at], curve.y[at], curve.band?.low[at], curve.band?.high[at]] as Cell[]))];
  }
  const isSmoothed = curves.some((curve) => curve.smoothed);
  const head = ["run_id", "run_name", xTitle(x), metric, ...(isSmoothed ? [`${metric} smoothed`] : [])];
  const rowOf = (curve: Curve, at: number) => [curve.run, nameOf(curve.run), curve.x[at], curve.y[at], ...(isSmoothed ? [curve.smoothed?.[at] ?? null] : [])] as Cell[];
  return [head, ...curves.flatMap((curve) => inWindow(curve, window).map((at) => rowOf(curve, at)))];
}

function inWindow({ x }: Curve, [low, high]: Extent): number[] {
  const places: number[] = [];
  for (let at = 0; at < x.length; at++) if ((x[at] as number) >= low && (x[at] as number) <= high) places.push(at);
  return places;
}

/** A row for each curve: where it begins and ends in the window, and its extremes. */
export function curveRows({ curves }: Curves, x: string, window: Extent, nameOf: NameOf): Cell[][] {
  const isGrouped = curves.some((curve) => curve.band);
  const rows = curves.map((curve) => {
    const places = inWindow(curve, window).filter((at) => Number.isFinite(curve.y[at]));
    const value = (at: number | undefined): Cell => (at === undefined ? null : (curve.y[at] as number));
    const where = (at: number | undefined): Cell => (at === undefined ? null : placeText(x, curve.x[at] as number));
    const best = (sign: 1 | -1) => places.reduce<number | undefined>((found, at) => (found === undefined || sign * (curve.y[at] as number) > sign * (curve.y[found] as number) ? at : found), undefined);
    const [least, greatest] = [best(-1), best(1)];
    return [
      nameOf(curve.run), isGrouped ? (curve.band?.runs ?? 0) : curve.inRange, value(places[0]), value(places.at(-1)),
      value(least), where(least), value(greatest), where(greatest),
      ...(isGrouped ? [] : [curve.nan + curve.infinite]),
    ];
  });
  return [[isGrouped ? "Group" : "Run", isGrouped ? "Runs" : "Points", "First", "Last", "Least", "least at", "Greatest", "greatest at", ...(isGrouped ? [] : ["NaN or infinite"])], ...rows];
}

/** The points of one curve that are drawn in the window. */
export function pointsOf(curve: Curve, x: string, window: Extent): Cell[][] {
  const more: readonly (readonly [string, Float64Array])[] = [
    ...(curve.smoothed ? [["Smoothed", curve.smoothed] as const] : []),
    ...(curve.band ? [["Low", curve.band.low] as const, ["High", curve.band.high] as const] : []),
  ];
  const rows = inWindow(curve, window).map((at) => [placeText(x, curve.x[at] as number), curve.y[at] as number, ...more.map(([, values]) => values[at] as number)]);
  return [["At", curve.band ? "Mean" : "Value", ...more.map(([name]) => name)], ...rows];
}
