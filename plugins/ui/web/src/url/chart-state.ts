/** What an address keeps of charts: their axes, how curves are smoothed, which piece is looked at. */

export const SMOOTHINGS = ["ema", "mean", "gaussian"] as const;
export type SmoothingKind = (typeof SMOOTHINGS)[number];

export interface Smoothing {
  readonly kind: SmoothingKind;
  readonly amount: number; // of ema a weight below 1, of mean points, of gaussian a deviation in points; 0 for none
}

/** What all charts of a page have in common, and whoever looks at them changes. */
export interface ChartState {
  readonly x: string; // step, relative, wall or metric:KEY
  readonly log: { readonly x: boolean; readonly y: boolean };
  readonly smooth: Smoothing;
  readonly outliers: boolean; // whether the y axis reaches to them
  readonly zoom: readonly [number, number] | null; // of the x axis of every chart
  readonly find: string; // in the names of charts
}

export const CHART_START: ChartState = {
  x: "step",
  log: { x: false, y: false },
  smooth: { kind: "ema", amount: 0 },
  outliers: true,
  zoom: null,
  find: "",
};

/** What charts are told of a greater state. */
export const chartOf = ({ x, log, smooth, outliers, zoom, find }: ChartState): ChartState => ({ x, log, smooth, outliers, zoom, find });

export function parseChart(given: URLSearchParams): ChartState {
  const log = given.get("log") ?? "";
  return {
    x: given.get("x") || CHART_START.x,
    log: { x: log.includes("x"), y: log.includes("y") },
    smooth: parseSmooth(given.get("smooth")),
    outliers: given.get("outliers") !== "ignore",
    zoom: parseZoom(given.get("zoom")),
    find: given.get("find") ?? "",
  };
}

export const formatChart = ({ x, log, smooth, outliers, zoom, find }: ChartState) => ({
  x: x === CHART_START.x ? undefined : x,
  log: `${log.x ? "x" : ""}${log.y ? "y" : ""}`,
  smooth: formatSmooth(smooth),
  outliers: outliers ? undefined : "ignore",
  zoom: zoom ? zoom.join("..") : undefined,
  find,
});

const MOST: Readonly<Record<SmoothingKind, number>> = { ema: 0.999, mean: 10_000, gaussian: 50 };

/** `0.6` is a weight of the exponential average; the others are named: `mean:20`. */
function parseSmooth(text: string | null): Smoothing {
  const [first = "", second] = (text ?? "").split(":");
  const kind = second === undefined ? "ema" : SMOOTHINGS.find((name) => name === first);
  const amount = Number(second ?? first);
  const isWhole = kind !== "mean" || Number.isInteger(amount);
  return kind && isWhole && amount >= 0 && amount <= MOST[kind] ? { kind, amount } : CHART_START.smooth;
}

function formatSmooth({ kind, amount }: Smoothing): string | undefined {
  if (kind === "ema") return amount ? String(amount) : undefined;
  return `${kind}:${amount}`;
}

function parseZoom(text: string | null): [number, number] | null {
  const [low, high] = (text ?? "").split("..").map(Number);
  return text && low !== undefined && high !== undefined && low < high ? [low, high] : null;
}
