/** The runs that go on, and those that began last, whichever experiment they belong to. */
import { Link } from "wouter";
import { useSomeRuns } from "../../api/queries";
import { plainNumber, type Schemas } from "../../api/client";
import { type RecentRun, useRecentRuns } from "../../api/recent-runs";
import { ErrorNote, Loading, Status } from "../../components/notes";
import { Swatch } from "../../components/swatch";
import { ago, counted, duration, exactly, number, runName } from "../../format";
import { objectiveOf } from "../../store/objective";
import type { Experiment } from "../experiments/tree";
import styles from "./home.module.css";

interface RecentRunsProps {
  readonly experiments: readonly Experiment[]; // those that have runs
  readonly running: number;
}

export function RecentRuns({ experiments, running }: RecentRunsProps) {
  const now = useRecentRuns(running > 0 ? experiments.filter((one) => one.running > 0) : [], "attributes.status = 'RUNNING'");
  const latest = useRecentRuns(experiments, null);
  const error = now.error ?? latest.error;
  const going = new Set(now.data?.map((run) => run.id));
  const others = latest.data?.filter((run) => !going.has(run.id)) ?? [];
  if (error) return <ErrorNote error={error} />;
  if (!latest.data) return <Loading what="the latest runs" />;
  return (
    <>
      {now.data && now.data.length > 0 && <Runs title="Running now" note={running > now.data.length ? `the last ${now.data.length} of ${running}` : counted(running, "run")} runs={now.data} experiments={experiments} />}
      {others.length > 0 && <Runs title="Recent runs" note="" runs={others} experiments={experiments} />}
    </>
  );
}

interface RunsProps {
  readonly title: string;
  readonly note: string;
  readonly runs: readonly RecentRun[];
  readonly experiments: readonly Experiment[];
}

function Runs({ title, note, runs, experiments }: RunsProps) {
  const known = useSomeRuns(runs.map((run) => run.id));
  const byId = new Map(experiments.map((one) => [one.experiment_id, one]));
  return (
    <section className={styles.box} aria-label={title}>
      <h2>{title} <small className={styles.muted}>{note}</small></h2>
      <table className={styles.table}>
        <thead><tr><th scope="col">Run</th><th scope="col">Experiment</th><th scope="col">Result</th><th scope="col">Status</th><th scope="col">Took</th><th scope="col">Started</th></tr></thead>
        <tbody>
          {runs.map((run) => {
            const experiment = byId.get(run.experiment);
            return (
              <tr key={run.id}>
                <th scope="row"><span className={styles.run}><Swatch run={run.id} /><Link href={`/runs/${run.id}/overview`}>{runName(run.name, run.id)}</Link></span></th>
                <td><Link className={styles.muted} href={`/experiments/${run.experiment}`}>{experiment?.name ?? run.experiment}</Link></td>
                <td><Result run={known.get(run.id)} tags={experiment?.tags ?? {}} /></td>
                <td><Status status={run.status} /></td>
                <td className={styles.muted}>{duration((run.end ?? Date.now()) - run.start)}</td>
                <td className={styles.muted} title={exactly(run.start)}>{ago(run.start)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** What the run reached of what its experiment is measured by, as far as it is known. */
function Result({ run, tags }: { readonly run: Schemas["Run"] | undefined; readonly tags: Readonly<Record<string, string>> }) {
  const metrics = run?.data.latest_metrics ?? [];
  const objective = objectiveOf(tags, metrics.map((metric) => ({ kind: "metric", name: metric.key, runs: 1 })));
  const found = metrics.find((metric) => metric.key === objective?.metric);
  if (!found) return <span className={styles.muted}>–</span>;
  return <span className={styles.run}><b>{number(plainNumber(found.value))}</b><small className={styles.muted}>{found.key}</small></span>;
}
