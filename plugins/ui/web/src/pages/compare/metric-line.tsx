/** A metric of several runs or versions: how far each is from the first, which is the best, and which way is better. */
import { Link } from "wouter";
import { delta, number } from "../../format";
import { bestOf, betterText, type Direction, isBetter } from "../../store/metric-direction";
import styles from "./compare.module.css";
import type { Line } from "./diff-table";

interface Measured {
  readonly metric: string;
  readonly direction: Direction;
  readonly values: readonly (number | null)[];
  readonly runs: readonly string[]; // of the values
  readonly differs: boolean;
  readonly what: string; // such as "runs"
}

export function metricLine({ metric, direction, values, runs, differs, what }: Measured): Line {
  const best = differs ? bestOf(direction, values) : null;
  const hint = betterText(direction);
  return {
    key: metric,
    name: <>{metric}{hint && <small className={styles.hint}>{hint}</small>}</>,
    cells: values.map((value, at) => {
      const base = at > 0 ? (values[0] ?? null) : null;
      return <Value {...{ metric, direction, value, base, what }} run={runs[at] ?? ""} best={value === best} />;
    }),
  };
}

interface ValueProps extends Pick<Measured, "metric" | "direction" | "what"> {
  readonly run: string;
  readonly value: number | null;
  readonly base: number | null;
  readonly best: boolean;
}

function Value({ metric, direction, run, value, base, best, what }: ValueProps) {
  if (value === null) return <span className={styles.none}>–</span>;
  const better = base === null ? null : isBetter(direction, value, base);
  return (
    <div className={styles.value}>
      <Link href={`/runs/${run}/metrics?find=${encodeURIComponent(metric)}`} className={best ? styles.best : undefined} title={best ? `${value}, the best of these ${what}` : String(value)}>
        {number(value, 6)}
      </Link>
      {base !== null && <small className={styles.delta} data-better={better ?? undefined}>{delta(value, base)}</small>}
    </div>
  );
}
