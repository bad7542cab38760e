/** The curves of a run, in the charts of the workspace; those of its machine have a tab of their own. */
import { useCallback, useMemo } from "react";
import type { Schemas } from "../../api/client";
import { ChartPanel, type ChartState } from "../../charts/chart-panel";
import { Hover } from "../../charts/hover";
import type { ChartSettings } from "../../charts/metric-card";
import { isSystemMetric, rankOf } from "../../charts/metric-direction";
import { useWorkspace } from "../../url/use-workspace";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

const NONE: ReadonlySet<string> = new Set();
type Zoom = readonly [number, number] | null;

export default function Metrics({ run }: RunTabProps) {
  const [state, change] = useWorkspace();
  const settings = useChartSettings(run, state, change);
  const metrics = useMemo(
    () =>
      run.data.latest_metrics
        .map((metric) => metric.key)
        .filter((key) => !isSystemMetric(key))
        .sort((a, b) => rankOf(a) - rankOf(b) || a.localeCompare(b)),
    [run.data.latest_metrics],
  );
  return (
    <div className={styles.charts}>
      <ChartPanel metrics={metrics} settings={settings} find={state.find} onChange={change} changed={NONE} />
    </div>
  );
}

/** What the charts of one run have in common. */
export function useChartSettings(
  run: Schemas["Run"], state: Omit<ChartState, "find"> & { readonly zoom: Zoom }, change: (change: { readonly zoom: Zoom }) => void,
): ChartSettings {
  const { run_id: id, run_name: name } = run.info;
  const runs = useMemo(() => [id], [id]);
  const hover = useMemo(() => new Hover(), []);
  const onZoom = useCallback((zoom: Zoom) => change({ zoom }), [change]);
  return { runs, hover, onZoom, baseline: null, nameOf: () => name, x: state.x, log: state.log, smooth: state.smooth, zoom: state.zoom };
}
