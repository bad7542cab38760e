/** How to compare, where fewer than two runs are named. */
import { Link } from "wouter";
import { useRun } from "../../api/queries";
import { ErrorNote } from "../../components/notes";
import { useCrumbs } from "../../shell/crumbs";
import { runName } from "../../format";
import styles from "./compare.module.css";

export function TooFew({ runs }: { readonly runs: readonly string[] }) {
  useCrumbs([{ name: "Experiments", path: "/experiments" }, { name: "Compare" }]);
  return (
    <div className={styles.alone}>
      <section className={styles.teach}>
        <h1>Compare runs</h1>
        <p>{runs.length === 1 ? "One run is chosen; a comparison takes at least two." : "A comparison takes at least two runs."}</p>
        <ol>
          <li>Open an experiment, and select runs by their boxes or with <kbd>x</kbd>.</li>
          <li>Press <kbd>c</kbd>, or the button <b>Compare</b> below the table.</li>
          <li>The first run, or the experiment's baseline (<kbd>b</kbd>), is what the others are measured against.</li>
        </ol>
        {runs[0] ? <More runId={runs[0]} /> : <p><Link href="/experiments">Choose an experiment</Link></p>}
      </section>
    </div>
  );
}

/** The way to the runs beside the one that is there, which is selected already. */
function More({ runId }: { readonly runId: string }) {
  const { data: run, error } = useRun(runId);
  if (error) return <ErrorNote error={error} />;
  if (!run) return null;
  const name = runName(run.info.run_name, runId);
  return <p><Link href={`/experiments/${run.info.experiment_id}?sel=${runId}`}>Choose runs to compare {name} with</Link></p>;
}
