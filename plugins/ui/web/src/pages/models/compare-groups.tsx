/** The groups of a comparison of versions, with a cell for each version. */
import { Link } from "wouter";
import { plainNumber, type Schemas } from "../../api/client";
import type { Version } from "../../api/registry";
import { commitName, moment, size } from "../../format";
import { encodedPath } from "../run/artifact-tree";
import styles from "../compare/compare.module.css";
import type { Group, Line } from "../compare/diff-table";
import { metricLine } from "../compare/metric-line";
import { textLine } from "../compare/text-sections";
import { requirementsOf, rowsOf } from "./compare-rows";
import { signatureOf } from "./signature";
import type { Comparison } from "./use-comparison";
import { versionAddress } from "./use-models";
import { RunLink } from "./versions-table";

export function groupsOf(versions: readonly Version[], found: Comparison, everything: boolean): readonly Group[] {
  const texts = (ofVersions: Parameters<typeof rowsOf>[0]) => rowsOf(ofVersions, everything).map((row) => textLine({ key: row.key, values: [...row.values], differs: true }));
  const ofRuns = (rows: readonly Schemas["TextDiff"][] = [], shown?: (text: string) => string) =>
    rows.map((row) => ({ ...textLine({ ...row, values: found.runs.map((run) => valueOf(found.diff, row, run)) }, shown), name: row.key.replace(/^mlflow\.(source\.)?(git\.)?/, "") }));
  const { diff } = found;
  return [
    { title: "Version", lines: [runLine(versions, found), ...texts(versions.map(factsOf))] },
    { title: "Metrics of the run", lines: metricLines(versions, found, everything) },
    { title: "Params of the run", lines: texts(found.runs.map((run) => run && new Map(Object.entries(run.data.params)))) },
    { title: "Signature", lines: texts(found.texts("MLmodel").map(fieldsOf)) },
    { title: "Requirements of the model", lines: texts(found.texts("requirements.txt").map((text) => (text === null ? null : requirementsOf(text)))) },
    { title: "Environment of the run", lines: [...ofRuns(diff?.environment), ...ofRuns(diff?.packages)] },
    { title: "Code of the run", lines: ofRuns(diff?.git, commitName) },
    { title: "Files of the model", lines: found.files.map((file) => fileLine(file, versions, found)) },
    { title: "Tags", lines: texts(versions.map((one) => new Map(one.tags))) },
  ];
}

const runLine = (versions: readonly Version[], { runs }: Comparison): Line => ({
  key: "run",
  name: "run",
  cells: versions.map((version, at) => <RunLink key={version.version} id={version.runId} run={runs[at] ?? undefined} />),
});

const factsOf = (version: Version): ReadonlyMap<string, string> =>
  new Map([
    ["registered", `${moment(version.created)}${version.user ? ` by ${version.user}` : ""}`],
    ["description", version.description || "none"],
  ]);

/** What a difference between runs says of the run of a version. */
function valueOf(diff: Schemas["DiffAnswer"] | undefined, row: Schemas["TextDiff"], run: Schemas["Run"] | null): string | null {
  const at = diff?.runs.findIndex((one) => one.run_id === run?.info.run_id) ?? -1;
  return row.values[at] ?? null;
}

function fieldsOf(mlmodel: string | null): ReadonlyMap<string, string> | null {
  if (mlmodel === null) return null;
  const signature = signatureOf(mlmodel);
  const parts = [["takes", signature?.inputs], ["gives", signature?.outputs], ["parameter", signature?.params]] as const;
  return new Map(parts.flatMap(([part, fields = []]) => fields.map((field) => [`${part} ${field.name}`, [field.type, field.note].filter(Boolean).join(", ")] as const)));
}

function metricLines(versions: readonly Version[], { runs, measures }: Comparison, everything: boolean): readonly Line[] {
  const ofRuns = runs.map((run) => run && new Map(run.data.latest_metrics.map((metric) => [metric.key, plainNumber(metric.value)])));
  const keys = [...new Set(ofRuns.flatMap((one) => [...(one?.keys() ?? [])]))].sort(measures.order);
  return keys.flatMap((metric) => {
    const values = ofRuns.map((one) => one?.get(metric) ?? null);
    const differs = new Set(values).size > 1;
    if (!differs && !everything) return [];
    return [metricLine({ metric, direction: measures.directionOf(metric), values, runs: versions.map((one) => one.runId ?? ""), differs, what: "versions" })];
  });
}

const fileLine = (file: Schemas["ArtifactDiff"], versions: readonly Version[], { placed }: Comparison): Line => ({
  key: file.path,
  name: <>{file.path}{file.differs === null && <small className={styles.hint}>contents not compared</small>}</>,
  cells: versions.map((version, at) => <File file={file} version={version} place={placed[at] ?? null} base={placed[0] ?? null} />),
});

interface FileProps {
  readonly file: Schemas["ArtifactDiff"];
  readonly version: Version;
  readonly place: number | null;
  readonly base: number | null;
}

function File({ file, version, place, base }: FileProps) {
  if (place === null) return <span className={styles.none}>not known</span>;
  const [bytes, hash] = [file.sizes[place] ?? null, file.hashes[place] ?? null];
  if (bytes === null && hash === null) return <span className={styles.none}>–</span>;
  const differs = base !== null && place !== base && (bytes !== file.sizes[base] || hash !== file.hashes[base]);
  const text = bytes === null ? "size not known" : size(bytes);
  const root = /^runs:\/+[^/]+\/(.+?)\/*$/.exec(version.source)?.[1];
  return (
    <div className={styles.file}>
      <Link href={`${versionAddress(version.name, version.version, "files")}/${encodedPath(root ? `${root}/${file.path}` : file.path)}`}>
        {differs ? <mark className={styles.differs}>{text}</mark> : text}
      </Link>
      {hash && <code title={`SHA-256 ${hash}`}>{hash.slice(0, 8)}</code>}
    </div>
  );
}
