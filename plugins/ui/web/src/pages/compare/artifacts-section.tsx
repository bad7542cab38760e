/** Files of runs by size and content. */
import { Link } from "wouter";
import type { Schemas } from "../../api/client";
import { size } from "../../format";
import { addressOf } from "../run/artifact-tree";
import type { SectionProps } from "./compare-page";
import styles from "./compare.module.css";
import { DiffTable, type Line } from "./diff-table";

type ArtifactDiff = Schemas["ArtifactDiff"];

export function ArtifactsSection({ diff, state, change }: SectionProps) {
  const lines = diff.artifacts.map((file) => fileLine(file, state.runs));
  return <DiffTable what="artifacts" runs={diff.runs} groups={[{ title: "Artifacts", lines }]} {...{ state, change }} />;
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
