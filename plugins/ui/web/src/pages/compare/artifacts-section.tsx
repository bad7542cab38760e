/** Files of runs by size and content. */
import { Link } from "wouter";
import type { Schemas } from "../../api/client";
import { Button } from "../../components/button";
import { counted, size } from "../../format";
import { addressOf } from "../run/artifact-tree";
import type { SectionProps } from "./compare-page";
import styles from "./compare.module.css";
import { DiffTable, type Line } from "./diff-table";

type ArtifactDiff = Schemas["ArtifactDiff"];

const OF_SERIES = /^images\/.+\+step\+-?\d+\+timestamp\+/; // their names are never the same in two runs

/** Files that can be compared by their names. */
export const filesOf = (diff: Schemas["DiffAnswer"]): readonly ArtifactDiff[] => diff.artifacts.filter((file) => !OF_SERIES.test(file.path));

export function ArtifactsSection({ diff, state, change }: SectionProps) {
  const files = filesOf(diff);
  const left = diff.artifacts.length - files.length;
  return (
    <>
      {left > 0 && (
        <p className={styles.aside}>
          {`${counted(left, "file")} of images by step: `}
          <Button small onClick={() => change({ section: "images" })}>Compare them at the same step</Button>
        </p>
      )}
      <DiffTable what="artifacts" runs={diff.runs} groups={[{ title: "Artifacts", lines: files.map((file) => fileLine(file, state.runs)) }]} {...{ state, change }} />
    </>
  );
}

function fileLine(file: ArtifactDiff, runs: readonly string[]): Line {
  return {
    key: file.path,
    name: <>{file.path}{file.differs === null && <small className={styles.hint}>contents not compared</small>}</>,
    cells: runs.map((run, at) => <File file={file} run={run} at={at} />),
  };
}

function File({ file, run, at }: { readonly file: ArtifactDiff; readonly run: string; readonly at: number }) {
  const bytes = file.sizes[at] ?? null;
  const hash = file.hashes[at] ?? null;
  if (bytes === null && hash === null) return <span className={styles.none}>–</span>;
  const differs = at > 0 && (bytes !== file.sizes[0] || hash !== file.hashes[0]);
  const text = bytes === null ? "size not known" : size(bytes);
  return (
    <div className={styles.file}>
      <Link href={addressOf(run, file.path)}>{differs ? <mark className={styles.differs}>{text}</mark> : text}</Link>
      {hash && <code title={`SHA-256 ${hash}`}>{hash.slice(0, 8)}</code>}
    </div>
  );
}
