/** What a run is, in a line or two: its name, how it is, when it began, by whom. */
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/client";
import { useRun } from "../../api/queries";
import { useRunEdits } from "../../api/run-edits";
import { DeletedNote } from "../../components/deleted-note";
import { EditableText } from "../../components/editable-text";
import { CopyButton, Status } from "../../components/notes";
import { ago, commitName, duration, exactly, moment, runName } from "../../format";
import { PARENT } from "../../store/tags";
import { CompareWith } from "./compare-with";
import styles from "./run.module.css";

export function RunHead({ run, name }: { readonly run: Schemas["Run"]; readonly name: string }) {
  const { info, data } = run;
  const edits = useRunEdits(info.run_id);
  const commit = data.tags["mlflow.source.git.commit"];
  const failure = data.tags["runyard.failure"];
  const parent = data.tags[PARENT];
  const isDeleted = info.lifecycle_stage === "deleted";
  return (
    <header className={styles.head}>
      <EditableText label="Name of the run" value={name} onSave={edits.rename} readOnly={isDeleted}><h1>{name}</h1></EditableText>
      <Status status={info.status} />
      {isDeleted && <span className={styles.deleted}>deleted</span>}
      <span className={styles.actions}><CompareWith run={run} /></span>
      <dl className={styles.facts}>
        <Fact name="Started" title={exactly(info.start_time)}>{moment(info.start_time)}</Fact>
        <Fact name="Took">{info.end_time === null ? "still going" : duration(info.end_time - info.start_time)}</Fact>
        <Fact name="User">{data.tags["mlflow.user"] ?? info.user_id}</Fact>
        {parent && <Fact name="Parent"><Parent runId={parent} /></Fact>}
        {data.tags["mlflow.source.name"] && <Fact name="Source">{data.tags["mlflow.source.name"]}</Fact>}
        {commit && <Fact name="Commit" title={commit}><Link href={`/runs/${info.run_id}/code`}><code>{commitName(commit)}</code></Link></Fact>}
        <Fact name="Id"><code>{info.run_id}</code><CopyButton text={info.run_id} label="Copy the run's id" /></Fact>
      </dl>
      {failure && <p className={styles.failure}>{failure}</p>}
      {isDeleted && (
        <div className={styles.whole}>
          <DeletedNote onRestore={edits.restore}>
            {`This run was deleted${info.deleted_time === null ? "" : ` ${ago(info.deleted_time)}`}. What it logged stays here until it is purged.`}
          </DeletedNote>
        </div>
      )}
    </header>
  );
}

function Parent({ runId }: { readonly runId: string }) {
  const { data } = useRun(runId);
  return <Link href={`/runs/${runId}/children`}>{runName(data?.info.run_name, runId)}</Link>;
}

function Fact({ name, title, children }: { readonly name: string; readonly title?: string; readonly children: ReactNode }) {
  if (children === "" || children === null || children === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd title={title}>{children}</dd>
    </div>
  );
}
