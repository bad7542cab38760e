/** What a run is: its notes, metrics, params and tags. */
import { useMemo } from "react";
import { Link } from "wouter";
import { plainNumber, type Schemas } from "../../api/client";
import { useMeasures } from "../../api/measures";
import { useRunEdits } from "../../api/run-edits";
import { EditableNote } from "../../components/editable-note";
import { EditableTags } from "../../components/editable-tags";
import { count, counted, number } from "../../format";
import { isSystemMetric } from "../../store/metric-direction";
import { NOTE, ownTags, recordedTags } from "../../store/tags";
import { Pairs } from "./pairs";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

export function Overview({ run }: RunTabProps) {
  const { data, info } = run;
  const note = data.tags[NOTE] ?? "";
  const tags = ownTags(data.tags);
  const recorded = recordedTags(data.tags);
  const edits = useRunEdits(info.run_id);
  const readOnly = info.lifecycle_stage === "deleted";
  return (
    <div className={styles.overview}>
      {(note || !readOnly) && (
        <section className={note ? styles.notes : styles.noNotes} aria-label="Notes">
          <EditableNote label="Note of the run" value={note} onSave={(text) => edits.tag(NOTE, text || null)} readOnly={readOnly} />
        </section>
      )}
      <Metrics metrics={data.latest_metrics.filter(({ key }) => !isSystemMetric(key))} of={info} />
      <Pairs title="Params" pairs={Object.entries(data.params)} empty="No param was logged." />
      <section className={styles.box} aria-label="Tags">
        <h2>Tags<small>{count(tags.length)}</small></h2>
        {tags.length === 0 && <p className={styles.none}>No tag was set.</p>}
        <EditableTags tags={tags} onTag={edits.tag} readOnly={readOnly} />
      </section>
      {run.inputs.dataset_inputs.length > 0 && (
        <Pairs title="Datasets" pairs={run.inputs.dataset_inputs.map(({ dataset }) => [dataset.name, dataset.digest])} empty="" />
      )}
      {recorded.length > 0 && <Pairs title="Recorded by the client" pairs={recorded} empty="" folded />}
    </div>
  );
}

function Metrics({ metrics, of }: { readonly metrics: Schemas["RunData"]["latest_metrics"]; readonly of: Schemas["Run"]["info"] }) {
  const { order } = useMeasures([of.experiment_id]);
  const inOrder = useMemo(() => [...metrics].sort((a, b) => order(a.key, b.key)), [metrics, order]);
  return (
    <section className={styles.box} aria-label="Metrics">
      <h2>Metrics <small>{counted(metrics.length, "metric")}, last values</small></h2>
      {metrics.length === 0 && <p className={styles.none}>No metric was logged.</p>}
      <table className={styles.pairs}>
        <colgroup><col /><col className={styles.values} /><col className={styles.steps} /></colgroup>
        <thead className="visually-hidden"><tr><th>Metric</th><th>Value</th><th>Step</th></tr></thead>
        <tbody>
          {inOrder.map((metric) => (
            <tr key={metric.key}>
              <th scope="row"><Link href={`/runs/${of.run_id}/metrics?find=${encodeURIComponent(metric.key)}`}>{metric.key}</Link></th>
              <td className={styles.value} title={String(metric.value)}>{number(plainNumber(metric.value), 6)}</td>
              <td className={styles.step}>{`step ${count(metric.step)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
