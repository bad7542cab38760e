/** What a run is: its notes, metrics, params and tags. */
import { Suspense, useMemo, useState } from "react";
import { Link } from "wouter";
import { plainNumber, type Schemas } from "../../api/client";
import { useChildren } from "../../api/queries";
import { SearchField } from "../../components/field";
import { Markdown } from "../../components/markdown";
import { Status } from "../../components/notes";
import { count, counted, number } from "../../format";
import { rankOf } from "../../charts/metric-direction";
import { matches } from "../../shell/matching";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

const NOTE = "mlflow.note.content";
const PARENT = "mlflow.parentRunId";

export function Overview({ run }: RunTabProps) {
  const { data, info } = run;
  const note = data.tags[NOTE];
  const tags = Object.entries(data.tags).filter(([name]) => !name.startsWith("mlflow."));
  const system = Object.entries(data.tags).filter(([name]) => name.startsWith("mlflow.") && name !== NOTE);
  return (
    <div className={styles.overview}>
      {note && (
        <section className={styles.notes} aria-label="Notes">
          <Suspense fallback={<p>{note}</p>}>
            <Markdown text={note} />
          </Suspense>
        </section>
      )}
      <Metrics metrics={data.latest_metrics} runId={info.run_id} />
      <Pairs title="Params" pairs={Object.entries(data.params)} empty="No param was logged." />
      <Pairs title="Tags" pairs={tags} empty="No tag was set." />
      <Family runId={info.run_id} parent={data.tags[PARENT]} />
      {run.inputs.dataset_inputs.length > 0 && (
        <Pairs title="Datasets" pairs={run.inputs.dataset_inputs.map(({ dataset }) => [dataset.name, dataset.digest])} empty="" />
      )}
      {system.length > 0 && <Pairs title="Recorded by the client" pairs={system} empty="" folded />}
    </div>
  );
}

function Metrics({ metrics, runId }: { readonly metrics: Schemas["RunData"]["latest_metrics"]; readonly runId: string }) {
  const inOrder = useMemo(() => [...metrics].sort((a, b) => rankOf(a.key) - rankOf(b.key) || a.key.localeCompare(b.key)), [metrics]);
  return (
    <section className={styles.box} aria-label="Metrics">
      <h2>Metrics <small>{counted(metrics.length, "metric")}, last values</small></h2>
      {metrics.length === 0 && <p className={styles.none}>No metric was logged.</p>}
      <table className={styles.pairs}>
        <thead className="visually-hidden"><tr><th>Metric</th><th>Value</th><th>Step</th></tr></thead>
        <tbody>
          {inOrder.map((metric) => (
            <tr key={metric.key}>
              <th scope="row"><Link href={`/runs/${runId}/metrics?find=${encodeURIComponent(metric.key)}`}>{metric.key}</Link></th>
              <td className={styles.value} title={String(metric.value)}>{number(plainNumber(metric.value), 6)}</td>
              <td className={styles.step}>{`step ${count(metric.step)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface PairsProps {
  readonly title: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly empty: string;
  readonly folded?: boolean;
}

const MANY = 12; // from which on a search helps

function Pairs({ title, pairs, empty, folded }: PairsProps) {
  const [find, setFind] = useState("");
  const [open, setOpen] = useState(!folded);
  const found = pairs.filter(([name, value]) => matches(`${name} ${value}`, find));
  return (
    <section className={styles.box} aria-label={title}>
      <h2>
        {folded ? <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>{title}</button> : title}
        <small>{count(pairs.length)}</small>
      </h2>
      {open && pairs.length > MANY && <SearchField label={`Search ${title.toLowerCase()}`} placeholder="Search" value={find} onText={setFind} />}
      {pairs.length === 0 && <p className={styles.none}>{empty}</p>}
      {open && (
        <table className={styles.pairs}>
          <thead className="visually-hidden"><tr><th>Name</th><th>Value</th></tr></thead>
          <tbody>
            {found.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Family({ runId, parent }: { readonly runId: string; readonly parent: string | undefined }) {
  const { data } = useChildren(runId);
  const children = data?.runs ?? [];
  if (!parent && children.length === 0) return null;
  return (
    <section className={styles.box} aria-label="Parent and children">
      <h2>Parent and children</h2>
      {parent && <p>Part of <Link href={`/runs/${parent}/overview`}><code>{parent.slice(0, 8)}</code></Link></p>}
      <table className={styles.pairs}>
        <tbody>
          {children.map((child) => (
            <tr key={child.run_id}>
              <th scope="row"><Link href={`/runs/${child.run_id}/overview`}>{child.run_name || child.run_id.slice(0, 8)}</Link></th>
              <td><Status status={child.status} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
