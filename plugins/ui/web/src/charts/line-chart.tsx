/** A chart of curves: uPlot has the axes, the cursor and the zoom, the lines are our own. */
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type LookOf, useSigns } from "../theme/signs";
import { colour, useDark } from "../theme/theme";
import { axes } from "./axes";
import styles from "./charts.module.css";
import { type Curves, nearest } from "./curves";
import { drawCurves, drawFront, type Field, placing } from "./draw";
import type { Extent } from "./extent";
import type { Hover } from "./hover";

/** A point that the cursor is on: of the run that is hovered, else of the only one. */
export interface Point {
  readonly run: string;
  readonly x: number;
  readonly y: number;
}

interface LineChartProps {
  readonly curves: Curves;
  readonly x: string;
  readonly log: { readonly x: boolean; readonly y: boolean };
  readonly across: Extent; // of the x axis
  readonly up: Extent;
  readonly onZoom: (zoom: Extent | null) => void;
  readonly baseline: string | null;
  readonly hover: Hover;
  readonly onPoint: (point: Point | null) => void;
  readonly width: number;
  readonly height: number;
}

const SYNC = uPlot.sync("runyard"); // all charts of a page share the cursor
const REACH = 40; // pixels from a line at which it counts as pointed at
const LEAST_ZOOM = 6; // pixels

export function LineChart(props: LineChartProps) {
  const { x, log, curves, across, up, baseline, width, height, hover } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = useDark();
  const looks = useSigns(dark);
  const veil = useMemo(() => colour("surface"), [dark]);
  const latest = useRef({ ...props, looks, veil });
  latest.current = { ...props, looks, veil };

  useEffect(() => {
    const made = new uPlot(
      {
        width: latest.current.width,
        height: latest.current.height,
        ms: 1,
        padding: [8, 26, 0, 0],
        legend: { show: false },
        cursor: {
          sync: { key: SYNC.key, scales: ["x", null] },
          drag: { x: true, y: false, setScale: false },
          points: { show: false },
        },
        scales: {
          x: { time: x === "wall", distr: log.x ? 3 : 1, range: () => [...latest.current.across] },
          y: { distr: log.y ? 3 : 1, range: () => [...latest.current.up] },
        },
        series: [{}, { show: true, points: { show: false } }],
        axes: axes(x),
        hooks: {
          draw: [
            (u) => drawCurves(fieldOf(u, u.ctx, log, [u.bbox.left, u.bbox.top]), latest.current.curves.curves, latest.current.looks, latest.current.baseline),
            (u) => front(u, latest.current),
          ],
          setCursor: [(u) => point(u, latest.current)],
          setSelect: [(u) => select(u, latest.current.onZoom)],
        },
      },
      [[0, 1], [0, 1]],
      place.current as HTMLDivElement,
    );
    made.over.prepend(Object.assign(document.createElement("canvas"), { className: styles.front }));
    made.over.addEventListener("dblclick", () => latest.current.onZoom(null));
    made.over.addEventListener("pointerleave", () => hover.set(null, "chart"));
    plot.current = made;
    const stop = hover.subscribe(() => {
      front(made, latest.current);
      if (!made.cursor.event) point(made, latest.current); // the pointer is elsewhere, and found a run after the cursor moved here
    });
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, [x, log.x, log.y, dark, hover]);

  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);
  useEffect(() => {
    plot.current?.setData([[0, 1], [0, 1]]);
    if (plot.current) point(plot.current, latest.current); // which may be another one now
  }, [curves, across, up]);
  useEffect(() => plot.current?.redraw(false), [baseline, looks]);

  return <div ref={place} className={styles.plot} data-points={curves.curves.reduce((sum, curve) => sum + curve.returned, 0)} />;
}

function fieldOf(plot: uPlot, pen: CanvasRenderingContext2D, log: LineChartProps["log"], [left, top]: readonly [number, number]): Field {
  const { width, height } = plot.bbox;
  const { x, y } = plot.scales;
  return {
    pen, left, top, width, height,
    xOf: placing(x?.min ?? 0, x?.max ?? 1, left, width, log.x),
    yOf: placing(y?.min ?? 0, y?.max ?? 1, top + height, -height, log.y),
    ratio: devicePixelRatio, log: log.y,
  };
}

/** Draws what is pointed at on a canvas of its own: the others, which may be a hundred, are not drawn anew. */
function front(plot: uPlot, { curves, looks, veil, baseline, hover, log }: LineChartProps & { readonly looks: LookOf; readonly veil: string }): void {
  const canvas = plot.over.querySelector("canvas");
  const pen = canvas?.getContext("2d");
  if (!canvas || !pen) return;
  const { width, height } = plot.bbox;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  pen.clearRect(0, 0, width, height);
  const { run } = hover;
  if (run === null || curves.curves.length < 2 || !curves.curves.some((curve) => curve.run === run)) return;
  drawFront(fieldOf(plot, pen, log, [0, 0]), curves.curves, looks, baseline, run, veil);
}

function select(plot: uPlot, onZoom: LineChartProps["onZoom"]): void {
  const { left, width } = plot.select;
  if (width < LEAST_ZOOM) return;
  const zoom: Extent = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom(zoom);
}

/** Tells which run the pointer is on, and the value at the cursor, also where the cursor is in another chart. */
function point(plot: uPlot, { curves, hover, onPoint }: LineChartProps): void {
  const { left, top, event } = plot.cursor;
  if (left === undefined || top === undefined || left < 0) return onPoint(null);
  const x = plot.posToVal(left, "x");
  let found: Point | null = null;
  let closest = REACH;
  for (const curve of curves.curves) {
    const at = nearest(curve.x, x);
    if (at < 0) continue;
    const y = (curve.smoothed ?? curve.y)[at] as number;
    const here = { run: curve.run, x: curve.x[at] as number, y };
    if (!event) {
      if (curve.run === hover.run) found = here;
      continue;
    }
    const away = Math.abs(plot.valToPos(y, "y") - top);
    if (away < closest || curves.curves.length === 1) [closest, found] = [away, here];
  }
  if (event) hover.set(found?.run ?? null, "chart");
  onPoint(found);
}
