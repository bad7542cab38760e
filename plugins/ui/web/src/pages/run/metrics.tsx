/** The curves of a run, in the charts of the workspace. */
import { useCallback, useMemo } from "react";
import { ChartPanel } from "../../charts/chart-panel";
import { Hover } from "../../charts/hover";
import { rankOf } from "../../charts/metric-direction";
import { useWorkspace } from "../../url/use-workspace";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

const NONE: ReadonlySet<string> = new Set();

export default function Metrics({ run }: RunTabProps) {
  const [state, change] = useWorkspace();
  const { run_id: id, run_name: name } = run.info;
  const runs = useMemo(() => [id], [id]);
  const hover = useMemo(() => new Hover(), []);
  const metrics = useMemo(
    () => run.data.latest_metrics.map((metric) => metric.key).sort((a, b) => rankOf(a) - rankOf(b) || a.localeCompare(b)),
    [run.data.latest_metrics],
  );
  const onZoom = useCallback((zoom: readonly [number, number] | null) => change({ zoom }), [change]);
  const settings = {
    runs, hover, onZoom, baseline: null, nameOf: () => name,
    x: state.x, log: state.log, smooth: state.smooth, zoom: state.zoom,
  };
  return (
    <div className={styles.charts}>
      <ChartPanel metrics={metrics} settings={settings} find={state.find} onChange={change} changed={NONE} />
    </div>
  );
}
