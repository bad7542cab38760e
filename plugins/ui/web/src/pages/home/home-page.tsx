/** Where one arrives: what runs now, what ran last, and where to go on. */
import { Link } from "wouter";
import { useExperiments } from "../../api/queries";
import { ErrorNote, Loading, Snippet } from "../../components/notes";
import { SERVER } from "../../base";
import { ago, counted, exactly } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { BestCell } from "../experiments/best-cell";
import { FirstRun } from "../experiments/first-run";
import type { Experiment } from "../experiments/tree";
import { useFreshExperiments } from "../experiments/use-fresh";
import styles from "./home.module.css";
import { Models } from "./models";
import { RecentRuns } from "./recent-runs";

const MOST = 8; // experiments; the others are on their own page
const CODE = `import runyard as ry            # or: import mlflow as ry
ry.set_tracking_uri("${SERVER}")`;

export default function HomePage() {
  useCrumbs([{ name: "Home" }]);
  const { data: experiments, error } = useExperiments();
  useFreshExperiments("recent runs", "models");
  if (error) return <div className={styles.page}><ErrorNote error={error} /></div>;
  if (!experiments) return <Loading what="what goes on" />;
  const runs = experiments.reduce((sum, one) => sum + one.runs, 0);
  const running = experiments.reduce((sum, one) => sum + one.running, 0);
  const inUse = experiments.filter((one) => one.runs > 0).sort((a, b) => (b.last_activity ?? 0) - (a.last_activity ?? 0));
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>Home</h1>
        <p className={styles.muted} aria-live="polite">{`${counted(experiments.length, "experiment")}, ${counted(runs, "run")}, ${running ? `${running} running now` : "none running now"}`}</p>
      </header>
      {runs === 0 ? <FirstRun /> : <RecentRuns experiments={inUse} running={running} />}
      <div className={styles.beside}>
        {inUse.length > 0 && <Experiments experiments={inUse.slice(0, MOST)} more={experiments.length > MOST} />}
        <Models />
      </div>
      {runs > 0 && (
        <details className={styles.how}>
          <summary>How to log to this server</summary>
          <Snippet code={CODE} />
        </details>
      )}
    </div>
  );
}

const Experiments = ({ experiments, more }: { readonly experiments: readonly Experiment[]; readonly more: boolean }) => (
  <section className={styles.box} aria-label="Experiments">
    <h2>Experiments <small><Link href="/experiments">{more ? "see all" : "as a tree"}</Link></small></h2>
    <ul className={styles.list}>
      {experiments.map((one) => (
        <li key={one.experiment_id}>
          <span className={styles.line}>
            <Link className={styles.name} href={`/experiments/${one.experiment_id}`}>{one.name}</Link>
            <small className={styles.muted} title={one.last_activity === null ? undefined : exactly(one.last_activity)}>
              {`${counted(one.runs, "run")}${one.last_activity === null ? "" : `, ${ago(one.last_activity)}`}`}
            </small>
          </span>
          <BestCell experiment={one} />
        </li>
      ))}
    </ul>
  </section>
);
