/** Files of a run or of a model: the tree, and what is in the chosen one. */
import type { ReactNode } from "react";
import { type Owner, useFolder } from "../../api/queries";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { ArtifactPreview } from "./artifact-preview";
import { ArtifactTree } from "./artifact-tree";
import styles from "./artifacts.module.css";

interface FilesViewProps {
  readonly owner: Owner;
  readonly root?: string; // the folder that is shown
  readonly addressOf: (path: string) => string;
  readonly chosen: string;
  readonly nothing: ReactNode;
}

export function FilesView({ owner, root = "", addressOf, chosen, nothing }: FilesViewProps) {
  const { data, error } = useFolder(owner, root);
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="files" />;
  if (data.files.length === 0) return nothing;
  return (
    <div className={styles.artifacts}>
      <nav aria-label="Files" className={styles.tree}>
        <ArtifactTree owner={owner} addressOf={addressOf} chosen={chosen} path={root} />
      </nav>
      <section aria-label="Preview" className={styles.preview}>
        {chosen ? <ArtifactPreview owner={owner} path={chosen} /> : <Empty>Choose a file to see what is in it.</Empty>}
      </section>
    </div>
  );
}
