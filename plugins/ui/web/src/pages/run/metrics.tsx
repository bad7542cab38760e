/** The curves of a run, in the charts of the workspace. */
import { useCallback, useMemo } from "react";
import { ChartPanel } from "../../charts/chart-panel";
import { Hover } from "../../charts/hover";
import { rankOf } from "../../charts/metric-direction";
import { chartOf } from "../../url/chart-state";
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
  const nameOf = useCallback(() => name, [name]);
  const settings = { ...chartOf(state), runs, hover, onZoom, nameOf, baseline: null };
  return (
    <div className={styles.charts}>
      <ChartPanel metrics={metrics} settings={settings} onChange={change} changed={NONE} />
    </div>
  );
}
