/** Last values of metrics, how far they are from the baseline's, and which is the best. */
import { plainNumber } from "../../api/client";
import { useMeasures } from "../../api/measures";
import type { SectionProps } from "./compare-page";
import { DiffTable } from "./diff-table";
import { metricLine } from "./metric-line";

export function MetricsSection({ diff, state, change }: SectionProps) {
  const { directionOf, order } = useMeasures(diff.runs.map((run) => run.experiment_id));
  const lines = [...diff.metrics].sort((a, b) => order(a.key, b.key)).map(({ key, values, differs }) =>
    metricLine({
      metric: key, direction: directionOf(key), values: values.map((value) => (value === null ? null : plainNumber(value))),
      runs: state.runs, differs, what: "runs",
    }));
  return <DiffTable what="metrics" runs={diff.runs} groups={[{ title: "Metrics", lines }]} {...{ state, change }} />;
}
