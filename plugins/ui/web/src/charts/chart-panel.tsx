/** All charts of a page, with what they share above them: the axes, the smoothing, a search. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { Button } from "../components/button";
import { SearchField, Select } from "../components/field";
import { Empty } from "../components/notes";
import type { ChartState } from "../url/chart-state";
import { matches } from "../shell/matching";
import { betterText } from "../store/metric-direction";
import type { DirectionOf } from "../store/objective";
import styles from "./charts.module.css";
import { type ChartSettings, MetricCard } from "./metric-card";
import { SmoothingChoice } from "./smoothing";

interface ChartPanelProps {
  readonly metrics: readonly string[];
  readonly directions: DirectionOf;
  readonly settings: ChartSettings;
  readonly onChange: (change: Partial<ChartState>, how?: { replace?: boolean }) => void;
  readonly changed: ReadonlySet<string>; // runs that have new points
}

const AXES = [["step", "Step"], ["relative", "Relative time"], ["wall", "Wall time"]] as const;
const REFRESH = 2_000; // milliseconds between two readings of curves that grow

export function ChartPanel({ metrics, directions, settings, onChange, changed }: ChartPanelProps) {
  useGrowing(settings.runs, changed);
  const { x, log, smooth, outliers, find } = settings;
  const shown = useMemo(() => metrics.filter((metric) => matches(metric, find)), [metrics, find]);
  return (
    <section aria-label="Charts">
      <div className={styles.bar}>
        <SearchField className={styles.find} label="Find a chart" placeholder="Find a metric" value={find} onText={(text) => onChange({ find: text }, { replace: true })} />
        <Select label="The x axis" value={x} onChange={(event) => onChange({ x: event.target.value, zoom: null })}>
          {AXES.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
          <optgroup label="Another metric">
            {metrics.map((metric) => <option key={metric} value={`metric:${metric}`}>{metric}</option>)}
          </optgroup>
        </Select>
        <Button aria-pressed={log.x} title="Logarithmic x axis" onClick={() => onChange({ log: { ...log, x: !log.x } })}>log x</Button>
        <Button aria-pressed={log.y} title="Logarithmic y axis" onClick={() => onChange({ log: { ...log, y: !log.y } })}>log y</Button>
        <Button aria-pressed={!outliers} title="The y axis leaves out values that stand far from the others" onClick={() => onChange({ outliers: !outliers })}>Ignore outliers</Button>
        <SmoothingChoice smooth={smooth} onSmooth={(next, how) => onChange({ smooth: next }, how)} />
      </div>
      {shown.length === 0 && <Empty>{metrics.length ? `No metric is called “${find}”.` : "None of these runs has logged a metric."}</Empty>}
      <div className={styles.grid}>
        {shown.map((metric) => <MetricCard key={metric} metric={metric} note={betterText(directions(metric))} settings={settings} />)}
      </div>
    </section>
  );
}

/** Reads curves again while runs that are drawn go on. */
function useGrowing(runs: readonly string[], changed: ReadonlySet<string>): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (!runs.some((run) => changed.has(run))) return;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void client.invalidateQueries({ queryKey: ["series"] });
    }, REFRESH);
  }, [runs, changed, client]);
}
