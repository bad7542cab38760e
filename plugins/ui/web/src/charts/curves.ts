/** Curves as a chart draws them, read from the server for as many pixels as it has. */
import { useQuery } from "@tanstack/react-query";
import { type GroupPlace, readSeries, type SeriesHeader, type SeriesPlace } from "../api/frames";
import { type Frame, readNumbers } from "../store/frame";
import { EXPERIMENT, type Names } from "../store/run-table";
import type { Smoothing } from "../url/chart-state";

export interface Curve {
  readonly run: string; // or the name of a group
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly smoothed: Float64Array | null;
  readonly total: number; // points that the curve has
  readonly inRange: number; // that lie in the window
  readonly returned: number; // that are here
  readonly nan: number;
  readonly infinite: number;
  readonly band: { readonly low: Float64Array; readonly high: Float64Array; readonly runs: number } | null; // of a group
}

/** How runs are put together: by what they have in common, and what the band around the middle is. */
export interface Grouping {
  readonly by: readonly string[];
  readonly band: "minmax" | "std";
  readonly experiments?: Names; // by which groups of experiments are called
}

export interface Curves {
  readonly curves: readonly Curve[];
  readonly x0: number; // the window; NaN where there is no point
  readonly x1: number;
}

export interface CurvesRequest {
  readonly runs: readonly string[];
  readonly metric: string;
  readonly x: string;
  readonly zoom: readonly [number, number] | null;
  readonly width: number;
  readonly smooth: Smoothing;
  readonly group: Grouping | null;
}

const STEP = 64; // pixels to which widths are rounded, so that a small change of size asks for nothing

export function useCurves(request: CurvesRequest, enabled: boolean) {
  const width = Math.max(STEP, Math.ceil(request.width / STEP) * STEP);
  return useQuery({
    queryKey: ["series", request.metric, request.runs, request.x, request.zoom, width, request.smooth, request.group],
    queryFn: async ({ signal }) => curvesOf(await readSeries(bodyOf(request, width), signal), request.group),
    enabled: enabled && request.width > 0 && request.runs.length > 0,
    // What is drawn stays until the new points are there; curves of runs are none of groups.
    placeholderData: (known, before) => (JSON.stringify(before?.queryKey.at(-1)) === JSON.stringify(request.group) ? known : undefined),
    structuralSharing: false,
    staleTime: 10_000,
  });
}

function bodyOf({ runs, metric, x, zoom, smooth, group }: CurvesRequest, width: number) {
  return {
    run_ids: [...runs],
    keys: [metric],
    x,
    width,
    ...(zoom ? { x0: zoom[0], x1: zoom[1] } : {}),
    ...(group ? { group: { by: [...group.by], middle: "mean" as const, band: group.band } } : {}),
    ...(smooth.amount ? { smooth: { method: smooth.kind, amount: smooth.amount } } : {}),
  };
}

export function curvesOf(frame: Frame<SeriesHeader>, group: Grouping | null = null): Curves {
  const { header } = frame;
  return {
    curves: [...header.series.map((place) => curveOf(frame, place)), ...(header.groups ?? []).map((place) => groupOf(frame, place, group))],
    x0: header.x0 ?? Number.NaN,
    x1: header.x1 ?? Number.NaN,
  };
}

function curveOf(frame: Frame<SeriesHeader>, place: SeriesPlace): Curve {
  return {
    run: place.run_id,
    x: readNumbers(frame, place.x),
    y: readNumbers(frame, place.y),
    smoothed: place.smoothed ? readNumbers(frame, place.smoothed) : null,
    total: place.total,
    inRange: place.in_range,
    returned: place.returned,
    nan: place.nan,
    infinite: place.infinite,
    band: null,
  };
}

/** What the runs of a group have in common, as one text. */
export const groupName = (values: readonly (string | null)[]): string => values.map((value) => value ?? "none").join(" · ");

function groupOf(frame: Frame<SeriesHeader>, place: GroupPlace, group: Grouping | null): Curve {
  const names = group?.experiments ?? {};
  return {
    run: groupName(place.values.map((value, at) => (value !== null && group?.by[at] === EXPERIMENT ? (names[value] ?? value) : value))),
    x: readNumbers(frame, place.x),
    y: readNumbers(frame, place.y),
    smoothed: null,
    total: place.returned,
    inRange: place.returned,
    returned: place.returned,
    nan: 0,
    infinite: 0,
    band: { low: readNumbers(frame, place.low), high: readNumbers(frame, place.high), runs: place.run_ids.length },
  };
}

/** The place in a sorted array that is nearest to a value; -1 in an empty one. */
export function nearest(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  const before = low - 1;
  if (before >= 0 && value - (values[before] as number) < (values[low] as number) - value) return before;
  return values.length ? low : -1;
}
