/** One metric of several runs: a chart that is there, and reads its points, only while it is in view. */
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { IconButton } from "../components/button";
import { ExportMenu } from "../components/export-menu";
import { Loading } from "../components/notes";
import { Swatch } from "../components/swatch";
import { number } from "../format";
import { useSigns } from "../theme/signs";
import { useDark } from "../theme/theme";
import type { ChartState } from "../url/chart-state";
import { placeText } from "./axes";
import styles from "./charts.module.css";
import { type Curves, type Grouping, useCurves } from "./curves";
import { type Extent, xExtent, yReach } from "./extent";
import type { Hover } from "./hover";
import { LineChart, type Point } from "./line-chart";
import { groupCount, said } from "./said";
import { useInView, useSize } from "./use-place";

const CurveTable = lazy(() => import("./curve-table"));

/** What all charts of a page have in common. */
export interface ChartSettings extends ChartState {
  readonly runs: readonly string[];
  readonly nameOf: (run: string) => string;
  readonly onZoom: (zoom: Extent | null) => void;
  readonly baseline: string | null;
  readonly group?: Grouping | null; // the curves of groups in place of those of runs
  readonly groupSizes?: ReadonlyMap<string, number>; // of all runs, where charts put together fewer
  readonly hover: Hover;
}

interface MetricCardProps {
  readonly metric: string;
  readonly note: string; // which way is better
  readonly settings: ChartSettings;
}

export function MetricCard({ metric, note, settings }: MetricCardProps) {
  const [large, setLarge] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const seen = useInView(body);
  const { width, height } = useSize(body);
  const { runs, x, log, zoom, smooth, outliers, group = null } = settings;
  const { data, error } = useCurves({ runs, metric, x, zoom, width, smooth, group }, seen);
  const [point, setPoint] = useState<Point | null>(null);
  const onPoint = useCallback((next: Point | null) => setPoint((now) => (same(now, next) ? now : next)), []);
  const across = useMemo(() => (data ? xExtent(data, zoom, log.x) : null), [data, zoom, log.x]);
  const up = useMemo(() => (data && across ? yReach(data.curves, across, log.y, outliers) : null), [data, across, log.y, outliers]);
  const isEmpty = runs.length === 0 || (data && data.curves.length === 0);
  const shown = !error && !isEmpty && data && across && up ? { curves: data, across, up } : null;
  const looks = useSigns(useDark());
  const foot = shown ? said(data as Curves, settings, up?.beyond ?? 0) : "";
  const picture = async () => {
    const { chartDrawing } = await import("./chart-files");
    const { curves, across, up } = shown as NonNullable<typeof shown>;
    return chartDrawing({ ...settings, curves, across, up: up.extent, looks, title: metric, said: foot, width: Math.max(width, 480), height: Math.max(height, 240) });
  };
  const rows = async () => {
    const { pointRows } = await import("./chart-rows");
    const { curves, across } = shown as NonNullable<typeof shown>;
    return pointRows(curves, metric, x, across, settings.nameOf);
  };
  return (
    <figure className={styles.card} data-large={large} aria-label={metric}>
      <figcaption className={styles.head}>
        <h2 title={metric}>{metric}</h2>
        {note && <span className={styles.better}>{note}</span>}
        <span className={styles.tools}>
          {zoom && <IconButton small icon="reset" label="Show all of the x axis" onClick={() => settings.onZoom(null)} />}
          {shown && <IconButton small icon="table" label={asTable ? "Show the curves" : "Show the numbers"} aria-pressed={asTable} onClick={() => setAsTable(!asTable)} />}
          {shown && <ExportMenu small name={metric} rows={rows} drawing={picture} />}
          <IconButton small icon="expand" label={large ? "Make smaller" : "Make larger"} aria-pressed={large} onClick={() => setLarge(!large)} />
        </span>
      </figcaption>
      <div ref={body} className={styles.body}>
        {error && <p role="alert" className={styles.nothing}>{error.message}</p>}
        {!error && isEmpty && <p className={styles.nothing}>{runs.length ? "None of the runs that are drawn has this metric." : "No run is drawn."}</p>}
        {seen && !error && !isEmpty && !data && <Loading what="the curves" />}
        {shown && seen && width > 0 && !asTable && (
          <LineChart {...settings} {...shown} up={shown.up.extent} onPoint={onPoint} width={width} height={height} />
        )}
        {shown && asTable && (
          <Suspense>
            <CurveTable metric={metric} curves={shown.curves} x={x} window={shown.across} nameOf={settings.nameOf} />
          </Suspense>
        )}
      </div>
      {group && shown && <Groups curves={shown.curves} sizes={settings.groupSizes} />}
      <div className={styles.foot}>
        <span>{foot}</span>
        {point && !asTable && <PointText point={point} settings={settings} />}
      </div>
    </figure>
  );
}

/** The groups, with their colours and how many runs they have. */
function Groups({ curves: { curves }, sizes }: { readonly curves: Curves; readonly sizes: ChartSettings["groupSizes"] }) {
  return (
    <ul className={styles.groups}>
      {curves.map(({ run, band }) => <li key={run}><Swatch run={run} />{`${run} (${groupCount(band?.runs ?? 0, sizes?.get(run))})`}</li>)}
    </ul>
  );
}

function PointText({ point, settings }: { readonly point: Point; readonly settings: ChartSettings }) {
  return (
    <span className={styles.point}>
      <Swatch run={point.run} />
      <span>{settings.nameOf(point.run)}</span>
      <b>{number(point.y, 5)}</b>
      <span>{placeText(settings.x, point.x)}</span>
    </span>
  );
}

const same = (a: Point | null, b: Point | null): boolean => a?.run === b?.run && a?.x === b?.x && a?.y === b?.y;
