/** The code of a run: what was started, its commit and changes on it, its packages, and how to run it again. */
import { useFolder } from "../../api/queries";
import { useText } from "../../api/files";
import { CopyButton, ErrorNote, Loading, Snippet } from "../../components/notes";
import { Patch } from "../../components/patch";
import { count } from "../../format";
import { cannotReproduce, PACKAGES, PATCH, readPackages, readPatch, repositoryPage } from "./captured";
import { Pairs } from "./pairs";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

const SOURCE: readonly (readonly [string, string])[] = [
  ["mlflow.source.name", "Source"],
  ["mlflow.source.type", "Kind"],
  ["mlflow.project.entryPoint", "Entry point"],
  ["mlflow.project.backend", "Backend"],
  ["mlflow.project.env", "Environment"],
  ["mlflow.docker.image.uri", "Image"],
  ["runyard.command", "Command"],
  ["runyard.cwd", "Folder"],
  ["runyard.git.root", "Working tree"],
];
const GIT: readonly (readonly [string, string])[] = [
  ["mlflow.source.git.commit", "Commit"],
  ["mlflow.source.git.branch", "Branch"],
  ["mlflow.source.git.repoURL", "Repository"],
  ["mlflow.source.git.dirty", "Uncommitted changes"],
];
const DIFF = "mlflow.source.git.diff"; // where MLflow keeps them

export default function Code({ run }: RunTabProps) {
  const owner = { run_id: run.info.run_id };
  const { tags } = run.data;
  const kept = useFolder(owner, "runyard");
  const has = (path: string) => (kept.data?.files.some((file) => file.path === path) ? path : null);
  const patch = useText(owner, has(PATCH));
  const packages = useText(owner, has(PACKAGES));
  const error = kept.error ?? patch.error ?? packages.error;
  const environment = readPackages(packages.data ?? "");
  return (
    <div className={styles.overview}>
      <Reproduce runId={run.info.run_id} tags={tags} />
      <Pairs title="What was started" pairs={told(tags, SOURCE)} empty="The run says nothing of it." shown={(name, value) => (name === "Command" ? <code>{value}</code> : value)} />
      <Pairs title="Git" pairs={told(tags, GIT)} empty="The code lies in no repository, or the client did not say in which." shown={gitValue} />
      {error && <ErrorNote error={error} />}
      {(kept.isLoading || packages.isLoading) && <Loading what="packages and changes" />}
      {kept.data && !packages.isLoading && (
        <Pairs
          title="Packages"
          pairs={[...(environment.python ? [["python", environment.python] as const] : []), ...environment.packages]}
          empty="The client kept none; clients of Runyard do."
        />
      )}
      {kept.data && !patch.isLoading && <Changes text={patch.data ?? tags[DIFF] ?? ""} dirty={tags["mlflow.source.git.dirty"]} />}
    </div>
  );
}

const told = (tags: Readonly<Record<string, string>>, names: typeof SOURCE): readonly (readonly [string, string])[] =>
  names.flatMap(([tag, name]) => (tags[tag] ? [[name, tags[tag]] as const] : []));

function gitValue(name: string, value: string) {
  if (name === "Commit") return <span className={styles.commit}><code>{value}</code><CopyButton text={value} label="Copy the commit" /></span>;
  if (name === "Uncommitted changes") return value === "true" ? "yes" : "none";
  const page = name === "Repository" ? repositoryPage(value) : null;
  return page ? <a href={page} target="_blank" rel="noreferrer">{value}</a> : value;
}

function Reproduce({ runId, tags }: { readonly runId: string; readonly tags: Readonly<Record<string, string>> }) {
  const reason = cannotReproduce(tags);
  return (
    <section className={styles.box} aria-label="Run it again">
      <h2>Run it again</h2>
      {reason ? (
        <p className={styles.none}>{`This run cannot be run again. ${reason}`}</p>
      ) : (
        <>
          <Snippet code={`runyard reproduce ${runId}`} />
          <p className={styles.hint}>Checks the commit out, puts the changes on it, installs the packages, runs the same, and says how far its metrics are from these.</p>
        </>
      )}
    </section>
  );
}

function Changes({ text, dirty }: { readonly text: string; readonly dirty: string | undefined }) {
  const { notes, files } = readPatch(text);
  if (files.length === 0 && notes.length === 0) {
    const unknown = dirty === "true" ? "There were uncommitted changes, which were not kept." : dirty === "false" ? "There were none." : "None were kept.";
    return <section className={styles.box} aria-label="Uncommitted changes"><h2>Uncommitted changes</h2><p className={styles.none}>{unknown}</p></section>;
  }
  return (
    <section className={styles.wide} aria-label="Uncommitted changes">
      <h2>Uncommitted changes <small>{count(files.length)}</small></h2>
      {notes.length > 0 && <ul className={styles.hint}>{notes.map((note) => <li key={note}>{note}</li>)}</ul>}
      {files.map((file) => (
        <figure key={file.path} className={styles.changed}>
          <figcaption><code>{file.path}</code></figcaption>
          <Patch text={file.text} />
        </figure>
      ))}
    </section>
  );
}
