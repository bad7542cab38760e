/** Last values of metrics, how far they are from the baseline's, and which is the best. */
import { Link } from "wouter";
import { bestOf, directionOf, isBetter, rankOf } from "../../charts/metric-direction";
import { plainNumber, type Schemas } from "../../api/client";
import { delta, number } from "../../format";
import type { SectionProps } from "./compare-page";
import styles from "./compare.module.css";
import { DiffTable, type Line } from "./diff-table";

type MetricDiff = Schemas["MetricDiff"];

const DIRECTIONS = { max: "higher is better", min: "lower is better" } as const;

export function MetricsSection({ diff, state, change }: SectionProps) {
  const inOrder = [...diff.metrics].sort((a, b) => rankOf(a.key) - rankOf(b.key) || a.key.localeCompare(b.key));
  const lines = inOrder.map((metric) => metricLine(metric, state.runs));
  return <DiffTable what="metrics" runs={diff.runs} groups={[{ title: "Metrics", lines }]} {...{ state, change }} />;
}

function metricLine(metric: MetricDiff, runs: readonly string[]): Line {
  const direction = directionOf(metric.key);
  const values = metric.values.map((value) => (value === null ? null : plainNumber(value)));
  const best = bestOf(direction, values);
  return {
    key: metric.key,
    name: <>{metric.key}{direction && <small className={styles.hint}>{DIRECTIONS[direction]}</small>}</>,
    cells: values.map((value, at) => {
      const base = at > 0 ? (values[0] ?? null) : null;
      return <Value metric={metric.key} run={runs[at] ?? ""} value={value} base={base} best={metric.differs && value === best} />;
    }),
  };
}

interface ValueProps {
  readonly metric: string;
  readonly run: string;
  readonly value: number | null;
  readonly base: number | null;
  readonly best: boolean;
}

function Value({ metric, run, value, base, best }: ValueProps) {
  if (value === null) return <span className={styles.none}>–</span>;
  const better = base === null ? null : isBetter(directionOf(metric), value, base);
  return (
    <div className={styles.value}>
      <Link href={`/runs/${run}/metrics?find=${encodeURIComponent(metric)}`} className={best ? styles.best : undefined} title={best ? `${value}, the best of these runs` : String(value)}>
        {number(value, 6)}
      </Link>
      {base !== null && <small className={styles.delta} data-better={better ?? undefined}>{delta(value, base)}</small>}
    </div>
  );
}
