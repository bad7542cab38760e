/** Curves as a chart draws them, read from the server for as many pixels as it has. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { readSeries, type SeriesHeader, type SeriesPlace } from "../api/frames";
import { type Frame, readNumbers } from "../store/frame";

export interface Curve {
  readonly run: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly smoothed: Float64Array | null;
  readonly total: number; // points that the curve has
  readonly inRange: number; // that lie in the window
  readonly returned: number; // that are here
  readonly nan: number;
  readonly infinite: number;
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
  readonly smooth: number;
}

const STEP = 64; // pixels to which widths are rounded, so that a small change of size asks for nothing

export function useCurves(request: CurvesRequest, enabled: boolean) {
  const width = Math.max(STEP, Math.ceil(request.width / STEP) * STEP);
  return useQuery({
    queryKey: ["series", request.metric, request.runs, request.x, request.zoom, width, request.smooth],
    queryFn: async ({ signal }) => curvesOf(await readSeries(bodyOf(request, width), signal)),
    enabled: enabled && request.width > 0 && request.runs.length > 0,
    placeholderData: keepPreviousData, // what is drawn stays until the new points are there
    structuralSharing: false,
    staleTime: 10_000,
  });
}

function bodyOf({ runs, metric, x, zoom, smooth }: CurvesRequest, width: number) {
  return {
    run_ids: [...runs],
    keys: [metric],
    x,
    width,
    ...(zoom ? { x0: zoom[0], x1: zoom[1] } : {}),
    ...(smooth ? { smooth: { method: "ema" as const, amount: smooth } } : {}),
  };
}

export function curvesOf(frame: Frame<SeriesHeader>): Curves {
  const { header } = frame;
  return {
    curves: header.series.map((place) => curveOf(frame, place)),
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
