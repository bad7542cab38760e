/** The curves of a run, in the charts of the workspace; those of its machine have a tab of their own. */
import { useCallback, useMemo } from "react";
import type { Schemas } from "../../api/client";
import { ChartPanel } from "../../charts/chart-panel";
import { Hover } from "../../charts/hover";
import type { ChartSettings } from "../../charts/metric-card";
import { useMeasures } from "../../api/measures";
import { isSystemMetric } from "../../store/metric-direction";
import { type ChartState, chartOf } from "../../url/chart-state";
import { useWorkspace } from "../../url/use-workspace";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

const NONE: ReadonlySet<string> = new Set();
type Zoom = readonly [number, number] | null;

export default function Metrics({ run }: RunTabProps) {
  const [state, change] = useWorkspace();
  const settings = useChartSettings(run, state, change);
  const { directionOf, order } = useMeasures([run.info.experiment_id]);
  const metrics = useMemo(
    () =>
      run.data.latest_metrics
        .map((metric) => metric.key)
        .filter((key) => !isSystemMetric(key))
        .sort(order),
    [run.data.latest_metrics, order],
  );
  return (
    <div className={styles.charts}>
      <ChartPanel metrics={metrics} directions={directionOf} settings={settings} onChange={change} changed={NONE} />
    </div>
  );
}

/** What the charts of one run have in common. */
export function useChartSettings(
  run: Schemas["Run"], state: ChartState, change: (change: { readonly zoom: Zoom }) => void,
): ChartSettings {
  const { run_id: id, run_name: name } = run.info;
  const runs = useMemo(() => [id], [id]);
  const hover = useMemo(() => new Hover(), []);
  const onZoom = useCallback((zoom: Zoom) => change({ zoom }), [change]);
  const nameOf = useCallback(() => name, [name]);
  return { ...chartOf(state), runs, hover, onZoom, nameOf, baseline: null };
}
