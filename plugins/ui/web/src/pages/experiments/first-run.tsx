/** What to type for a first run, with this server's address; it turns into that run when it comes. */
import { useState } from "react";
import { Link } from "wouter";
import { Dot, Snippet } from "../../components/notes";
import { SERVER } from "../../base";
import type { RunEvent } from "../../live/events";
import { useLive } from "../../live/use-live";
import styles from "./experiments.module.css";

const CODE = `import runyard as ry            # or: import mlflow as ry

ry.set_tracking_uri("${SERVER}")
ry.set_experiment("first/try")
with ry.start_run(run_name="hello"):
    for step in range(100):
        ry.log_metric("loss", 1 / (step + 1), step=step)`;

/** Of one experiment where it is named, else of any. */
export function FirstRun({ experiment }: { readonly experiment?: { readonly id: string; readonly name: string } }) {
  const [run, setRun] = useState<RunEvent | null>(null);
  useLive({ topics: [experiment ? `exp:${experiment.id}` : "*"], onRun: (event) => setRun((known) => known ?? event) });
  const code = experiment ? CODE.replace("first/try", experiment.name.replaceAll('"', '\\"')) : CODE;
  return (
    <section className={styles.first} aria-live="polite">
      {run ? (
        <>
          <h2>There it is</h2>
          <p>
            <Link href={`/runs/${run.run_id}/overview`}>{run.run_name || run.run_id}</Link> is here, {run.status.toLowerCase()}.
          </p>
        </>
      ) : (
        <>
          <h2>Log a first run</h2>
          <p>Run this in Python on any machine that reaches this server:</p>
          <Snippet code={code} />
          <p className={styles.waiting}><Dot status="live" /> Waiting for the first run…</p>
        </>
      )}
    </section>
  );
}
