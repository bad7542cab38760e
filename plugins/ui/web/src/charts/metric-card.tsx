/** One metric of several runs: a chart that is there, and reads its points, only while it is in view. */
import { useCallback, useEffect, useRef, useState } from "react";
import { IconButton } from "../components/button";
import { count, counted, number } from "../format";
import { runColour } from "../theme/run-colours";
import { useDark } from "../theme/theme";
import { placeText } from "./axes";
import styles from "./charts.module.css";
import { type Curves, type Grouping, useCurves } from "./curves";
import type { Extent } from "./extent";
import type { Hover } from "./hover";
import { LineChart, type Point } from "./line-chart";
import { useInView, useSize } from "./use-place";

/** What all charts of a page have in common. */
export interface ChartSettings {
  readonly runs: readonly string[];
  readonly nameOf: (run: string) => string;
  readonly x: string;
  readonly log: { readonly x: boolean; readonly y: boolean };
  readonly smooth: number;
  readonly zoom: Extent | null;
  readonly onZoom: (zoom: Extent | null) => void;
  readonly baseline: string | null;
  readonly group?: Grouping | null; // the curves of groups in place of those of runs
  readonly hover: Hover;
}

interface MetricCardProps {
  readonly metric: string;
  readonly note: string; // which way is better
  readonly settings: ChartSettings;
}

export function MetricCard({ metric, note, settings }: MetricCardProps) {
  const [large, setLarge] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const seen = useInView(body);
  const { width, height } = useSize(body);
  const { runs, x, zoom, smooth, group = null } = settings;
  const { data, error } = useCurves({ runs, metric, x, zoom, width, smooth, group }, seen);
  const [point, setPoint] = useState<Point | null>(null);
  const onPoint = useCallback((next: Point | null) => setPoint((now) => (same(now, next) ? now : next)), []);
  useEffect(() => setPoint(null), [data]);
  const isEmpty = runs.length === 0 || (data && data.curves.length === 0);
  return (
    <figure className={styles.card} data-large={large} aria-label={metric}>
      <figcaption className={styles.head}>
        <h2 title={metric}>{metric}</h2>
        {note && <span className={styles.better}>{note}</span>}
        <span className={styles.tools}>
          {zoom && <IconButton small icon="reset" label="Show all of the x axis" onClick={() => settings.onZoom(null)} />}
          <IconButton small icon="expand" label={large ? "Make smaller" : "Make larger"} aria-pressed={large} onClick={() => setLarge(!large)} />
        </span>
      </figcaption>
      <div ref={body} className={styles.body}>
        {error && <p role="alert" className={styles.nothing}>{error.message}</p>}
        {!error && isEmpty && <p className={styles.nothing}>{runs.length ? "None of the runs that are drawn has this metric." : "No run is drawn."}</p>}
        {!error && !isEmpty && seen && data && width > 0 && (
          <LineChart curves={data} {...settings} onPoint={onPoint} width={width} height={height} />
        )}
      </div>
      {group && data && !isEmpty && <Groups curves={data.curves} />}
      <div className={styles.foot}>
        <span>{data && !isEmpty ? (group ? bandText(group, data) : pointsText(data)) : ""}</span>
        {point && <PointText point={point} settings={settings} />}
      </div>
    </figure>
  );
}

/** The groups, with their colours and how many runs they have. */
function Groups({ curves }: { readonly curves: Curves["curves"] }) {
  const dark = useDark();
  return (
    <ul className={styles.groups}>
      {curves.map(({ run, band }) => (
        <li key={run}>
          <i className={styles.swatch} style={{ background: runColour(run, dark) }} />
          {`${run} (${count(band?.runs ?? 0)})`}
        </li>
      ))}
    </ul>
  );
}

/** What the line and the band are. */
function bandText({ band }: Grouping, { curves }: Curves): string {
  const runs = curves.reduce((sum, curve) => sum + (curve.band?.runs ?? 0), 0);
  return `mean of ${counted(runs, "run")} in ${counted(curves.length, "group")}, band: ${band === "std" ? "one standard deviation" : "least to greatest"}`;
}

function PointText({ point, settings }: { readonly point: Point; readonly settings: ChartSettings }) {
  const dark = useDark();
  return (
    <span className={styles.point}>
      <i className={styles.swatch} style={{ background: runColour(point.run, dark) }} />
      <span>{settings.nameOf(point.run)}</span>
      <b>{number(point.y, 5)}</b>
      <span>{placeText(settings.x, point.x)}</span>
    </span>
  );
}

const same = (a: Point | null, b: Point | null): boolean => a?.run === b?.run && a?.x === b?.x && a?.y === b?.y;

/** How many points are drawn of how many there are; never silently fewer. */
export function pointsText({ curves }: Curves): string {
  const sum = (of: (curve: Curves["curves"][number]) => number) => curves.reduce((total, curve) => total + of(curve), 0);
  const [returned, total, nan, infinite] = [sum((c) => c.returned), sum((c) => c.inRange), sum((c) => c.nan), sum((c) => c.infinite)];
  const points = total < sum((c) => c.total) ? "points in view" : "points";
  const all = returned >= total ? `${count(total)} ${points}` : `${count(returned)} of ${count(total)} ${points}, extremes kept`;
  return [all, nan ? `${count(nan)} NaN` : "", infinite ? `${count(infinite)} infinite` : ""].filter(Boolean).join(" · ");
}
