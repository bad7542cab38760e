/** The files of a run: a tree whose folders are read when they are opened, and what is in the chosen file. */
import { useFolder } from "../../api/queries";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { ArtifactTree } from "./artifact-tree";
import { ArtifactPreview } from "./artifact-preview";
import styles from "./artifacts.module.css";
import type { RunTabProps } from "./run-page";

export default function Artifacts({ run, path }: RunTabProps) {
  const runId = run.info.run_id;
  const chosen = decodeURIComponent(path);
  const { data, error } = useFolder(runId, "");
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="files" />;
  if (data.files.length === 0) return <Empty>This run has no files. <code>ry.log_artifact("plot.png")</code> adds one.</Empty>;
  return (
    <div className={styles.artifacts}>
      <nav aria-label="Files" className={styles.tree}>
        <ArtifactTree runId={runId} chosen={chosen} />
      </nav>
      <section aria-label="Preview" className={styles.preview}>
        {chosen ? <ArtifactPreview runId={runId} path={chosen} /> : <Empty>Choose a file to see what is in it.</Empty>}
      </section>
    </div>
  );
}
