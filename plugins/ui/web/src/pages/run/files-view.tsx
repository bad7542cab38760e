/** Files of a run or of a model: the tree, and what is in the chosen one. */
import { type ReactNode, useState } from "react";
import { archiveAddress } from "../../api/files";
import { type Owner, useFolder } from "../../api/queries";
import { SearchField } from "../../components/field";
import { Icon } from "../../components/icon";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { ArtifactPreview } from "./artifact-preview";
import { ArtifactTree } from "./artifact-tree";
import styles from "./artifacts.module.css";
import { FolderPreview } from "./folder-preview";
import { onTreeKey } from "./tree-keys";

interface FilesViewProps {
  readonly owner: Owner;
  readonly root?: string; // the folder that is shown
  readonly addressOf: (path: string) => string;
  readonly chosen: string;
  readonly nothing: ReactNode;
}

export function FilesView({ owner, root = "", addressOf, chosen, nothing }: FilesViewProps) {
  const { data, error } = useFolder(owner, root);
  const [find, setFind] = useState("");
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="files" />;
  if (data.files.length === 0) return nothing;
  return (
    <div className={styles.artifacts}>
      <nav aria-label="Files" className={styles.tree} onKeyDown={onTreeKey}>
        <div className={styles.tools}>
          <SearchField className={styles.find} label="Find a file" placeholder="Find a file" value={find} onText={setFind} />
          <a href={archiveAddress(owner, root)} className={styles.all} title="Download all as zip" aria-label="Download all as zip"><Icon name="download" size={16} /></a>
        </div>
        <ArtifactTree owner={owner} addressOf={addressOf} chosen={chosen} find={find} path={root} />
      </nav>
      <section aria-label="Preview" className={styles.preview}>
        {chosen ? <Chosen key={chosen} owner={owner} path={chosen} addressOf={addressOf} /> : <Empty>Choose a file to see what is in it.</Empty>}
      </section>
    </div>
  );
}

interface ChosenProps {
  readonly owner: Owner;
  readonly path: string;
  readonly addressOf: (path: string) => string;
}

/** The file or folder at a path: the folder that it lies in tells which. */
function Chosen({ owner, path, addressOf }: ChosenProps) {
  const { data, error } = useFolder(owner, path.split("/").slice(0, -1).join("/"));
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="the file" />;
  const isFolder = data.files.find((file) => file.path === path)?.is_dir ?? false;
  return isFolder ? <FolderPreview owner={owner} path={path} addressOf={addressOf} /> : <ArtifactPreview owner={owner} path={path} />;
}
