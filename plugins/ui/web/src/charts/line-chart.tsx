/** A chart of curves: uPlot has the axes, the cursor and the zoom, the lines are our own. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { runColour, runDash } from "../theme/run-colours";
import { useDark } from "../theme/theme";
import { axes } from "./axes";
import styles from "./charts.module.css";
import { type Curves, nearest } from "./curves";
import { drawCurves } from "./draw";
import { type Extent, xExtent, yExtent } from "./extent";
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
  readonly zoom: Extent | null;
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
  const { x, log, curves, zoom, baseline, width, height, hover } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const dark = useDark();

  useEffect(() => {
    const window = (): Extent => xExtent(latest.current.curves, latest.current.zoom, log.x);
    const made = new uPlot(
      {
        width: latest.current.width,
        height: latest.current.height,
        ms: 1,
        padding: [8, 20, 0, 0],
        legend: { show: false },
        cursor: {
          sync: { key: SYNC.key, scales: ["x", null] },
          drag: { x: true, y: false, setScale: false },
          points: { show: false },
        },
        scales: {
          x: { time: x === "wall", distr: log.x ? 3 : 1, range: () => [...window()] },
          y: { distr: log.y ? 3 : 1, range: () => [...yExtent(latest.current.curves.curves, window(), log.y)] },
        },
        series: [{}, { show: true, points: { show: false } }],
        axes: axes(x),
        hooks: {
          draw: [
            (u) =>
              drawCurves(u, latest.current.curves.curves, {
                colour: (run) => runColour(run, dark),
                dash: latest.current.curves.curves.length > 1 ? runDash : () => [],
                baseline: latest.current.baseline,
                hovered: hover.run,
                log: log.y,
              }),
          ],
          setCursor: [(u) => point(u, latest.current)],
          setSelect: [(u) => select(u, latest.current.onZoom)],
        },
      },
      [[0, 1], [0, 1]],
      place.current as HTMLDivElement,
    );
    made.over.addEventListener("dblclick", () => latest.current.onZoom(null));
    made.over.addEventListener("pointerleave", () => hover.set(null, "chart"));
    plot.current = made;
    const stop = hover.subscribe(() => made.redraw(false));
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, [x, log.x, log.y, dark, hover]);

  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);
  useEffect(() => plot.current?.setData([[0, 1], [0, 1]]), [curves, zoom]);
  useEffect(() => plot.current?.redraw(false), [baseline]);

  return <div ref={place} className={styles.plot} data-points={curves.curves.reduce((sum, curve) => sum + curve.returned, 0)} />;
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
