/** Requests that are answered with binary frames. */
import { decodeFrame, type Frame } from "../store/frame";
import { ask, type Schemas } from "./client";

const FRAME = "application/vnd.runyard.frame";

async function frame<Header>(path: string, body: unknown, signal?: AbortSignal): Promise<Frame<Header>> {
  const response = await ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: FRAME },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  return decodeFrame<Header>(await response.arrayBuffer());
}

export interface ColumnsHeader {
  readonly total: number;
  readonly offset: number;
  readonly rows: number;
  readonly cols: readonly (ColumnPlace & { readonly key: string })[];
}

export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** A column as the header of a frame describes it; see runyard_api_v1/binary.py. */
export interface ColumnPlace extends Place {
  readonly type: "f8" | "f4" | "i4" | "dict" | "text" | "hex16";
  readonly base?: number;
  readonly valid?: Place | null;
  readonly code?: "i1" | "i2" | "i4";
  readonly categories?: readonly string[];
  readonly ends?: Place;
}

export interface SeriesHeader {
  readonly x: string;
  readonly x0: number | null;
  readonly x1: number | null;
  readonly series: readonly SeriesPlace[];
  readonly groups?: readonly GroupPlace[];
  readonly missing: readonly { readonly run_id: string; readonly key: string }[];
}

export interface SeriesPlace extends Omit<Schemas["Series"], "x" | "y" | "smoothed"> {
  readonly x: ColumnPlace;
  readonly y: ColumnPlace;
  readonly smoothed: ColumnPlace | null;
}

export interface GroupPlace extends Omit<Schemas["GroupSeries"], "x" | "y" | "low" | "high" | "n"> {
  readonly x: ColumnPlace;
  readonly y: ColumnPlace;
  readonly low: ColumnPlace;
  readonly high: ColumnPlace;
}

export const readColumns = (body: Schemas["ColumnsRequest"], signal?: AbortSignal): Promise<Frame<ColumnsHeader>> =>
  frame("/api/v1/runs/columns", body, signal);

export const readSeries = (body: Schemas["SeriesRequest"], signal?: AbortSignal): Promise<Frame<SeriesHeader>> =>
  frame("/api/v1/metrics/series", body, signal);
