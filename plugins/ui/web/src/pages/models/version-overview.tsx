/** What a version is: its description, the run that it came from, its signature, tags and history. */
import { Link } from "wouter";
import { plainNumber } from "../../api/client";
import { useMeasures } from "../../api/measures";
import { useHistory, usePreview, useSomeRuns } from "../../api/queries";
import type { Version } from "../../api/registry";
import { describeVersion, tagVersion } from "../../api/registry-changes";
import { EditableNote } from "../../components/editable-note";
import { EditableTags } from "../../components/editable-tags";
import { Loading } from "../../components/notes";
import { count, number } from "../../format";
import { VersionPanels } from "../../panels/slots";
import { ApprovalBox } from "./approval-box";
import { Events } from "./facts";
import { below, type FilesPlace, filesPlace } from "./files-place";
import styles from "./models.module.css";
import { type Field, signatureOf } from "./signature";
import { Rail } from "./rail";
import { useChecks } from "./use-checks";
import { useSaved, versionAddress } from "./use-models";
import { RunLink } from "./versions-table";
import type { VersionTabProps } from "./version-page";

export function VersionOverview({ version }: VersionTabProps) {
  const history = useHistory(version.name, version.version);
  const place = filesPlace(version);
  const saved = useSaved();
  const checks = useChecks(version);
  return (
    <>
      <Rail version={version} checks={checks} />
      <div className={styles.columns}>
        <div className={styles.column}>
          <section className={styles.box} aria-label="Description">
            <h2>Description</h2>
            {!version.description && <p className={styles.muted}>Nobody has said yet what is special about this version.</p>}
            <EditableNote label="Description" value={version.description} onSave={(text) => saved(describeVersion(version, text))} />
          </section>
          <Source version={version} />
          {place && <SignatureBox place={place} />}
        </div>
        <div className={styles.column}>
          <ApprovalBox version={version} checks={checks} events={history.data?.events ?? []} />
          <section className={styles.box} aria-label="Tags">
            <h2>Tags <small>{count(version.tags.length)}</small></h2>
            <EditableTags tags={version.tags} onTag={(key, value) => saved(tagVersion(version, key, value))} />
          </section>
          {history.data && <Events events={history.data.events} />}
          <VersionPanels version={version} />
        </div>
      </div>
    </>
  );
}

function Source({ version }: { readonly version: Version }) {
  const run = useSomeRuns(version.runId ? [version.runId] : []).get(version.runId ?? "");
  const { order } = useMeasures(run ? [run.info.experiment_id] : []);
  const metrics = [...(run?.data.latest_metrics ?? [])].sort((a, b) => order(a.key, b.key));
  return (
    <section className={styles.box} aria-label="Source">
      <h2>Where it comes from</h2>
      <table className={styles.pairs}>
        <thead className="visually-hidden"><tr><th>Name</th><th>Value</th></tr></thead>
        <tbody>
          <tr><th scope="row">Run</th><td><RunLink id={version.runId} run={run} /></td></tr>
          <tr><th scope="row">Files</th><td><Link href={versionAddress(version.name, version.version, "files")}><code>{version.source}</code></Link></td></tr>
          {metrics.map((metric) => (
            <tr key={metric.key}><th scope="row">{metric.key}</th><td title={String(metric.value)}>{number(plainNumber(metric.value), 6)}</td></tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SignatureBox({ place }: { readonly place: FilesPlace }) {
  const { data, error } = usePreview(place.owner, below(place.root, "MLmodel"));
  const signature = data?.text ? signatureOf(data.text.text) : null;
  return (
    <section className={styles.box} aria-label="Signature">
      <h2>Signature</h2>
      {!data && !error && <Loading what="the signature" />}
      {error && <p className={styles.muted}>{`The model's file MLmodel cannot be read: ${error.message}`}</p>}
      {data && !signature && <p className={styles.muted}>This version says nothing of what it takes and gives. <code>signature=</code> of <code>log_model</code> adds it.</p>}
      {signature && (
        <table className={styles.pairs}>
          <thead className="visually-hidden"><tr><th>Name</th><th>Type</th></tr></thead>
          <Fields title="Takes" fields={signature.inputs} />
          <Fields title="Gives" fields={signature.outputs} />
          <Fields title="Parameters" fields={signature.params} />
        </table>
      )}
    </section>
  );
}

function Fields({ title, fields }: { readonly title: string; readonly fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <tbody>
      <tr className={styles.group}><th colSpan={2} scope="rowgroup">{title}</th></tr>
      {fields.map((field, at) => (
        <tr key={at}><th scope="row">{field.name}</th><td><code>{field.type}</code> {field.note && <small className={styles.muted}>{field.note}</small>}</td></tr>
      ))}
    </tbody>
  );
}
