/** The code of runs: commits, and uncommitted changes file by file. */
import { Link } from "wouter";
import type { Schemas } from "../../api/client";
import { Patch } from "../../components/patch";
import { commitName, runName } from "../../format";
import type { SectionProps } from "./compare-page";
import styles from "./compare.module.css";
import { DiffTable } from "./diff-table";
import { sameValues } from "./same-values";
import { textLine } from "./text-sections";

export function CodeSection({ diff, state, change }: SectionProps) {
  const lines = diff.git.map((row) => ({ ...textLine(row, commitName), name: row.key.replace(/^mlflow\.source\.git\./, "") }));
  return (
    <>
      {(lines.length > 0 || diff.patch.length === 0) && (
        <DiffTable what="code" runs={diff.runs} groups={[{ title: "Commit", lines }]} {...{ state, change }} />
      )}
      {diff.patch.map((file) => <PatchedFile key={file.path} file={file} runs={diff.runs} />)}
    </>
  );
}

function PatchedFile({ file, runs }: { readonly file: Schemas["PatchFile"]; readonly runs: readonly Schemas["DiffRun"][] }) {
  return (
    <section className={styles.patch} aria-label={`Uncommitted changes of ${file.path}`}>
      <h2><code>{file.path}</code> <small>{file.differs ? "uncommitted changes differ" : "the same uncommitted changes"}</small></h2>
      <div className={styles.sides}>
        {sameValues(file.values).map(({ text, places }) => (
          <figure key={places[0]} className={styles.side}>
            <figcaption>{places.map((at) => runs[at]).map((run) => run && <RunLink key={run.run_id} run={run} />)}</figcaption>
            {text === null ? <p className={styles.none}>No uncommitted changes.</p> : <Patch text={text} />}
          </figure>
        ))}
      </div>
    </section>
  );
}

const RunLink = ({ run }: { readonly run: Schemas["DiffRun"] }) => (
  <Link href={`/runs/${run.run_id}/code`} title={run.run_id}>{runName(run.run_name, run.run_id)}</Link>
);
