/** Folders and files, a folder's content read when it is opened. */
import { useState } from "react";
import { Link } from "wouter";
import { type Owner, useFolder } from "../../api/queries";
import { Icon } from "../../components/icon";
import { ErrorNote } from "../../components/notes";
import { count, size } from "../../format";
import { matches } from "../../shell/matching";
import styles from "./artifacts.module.css";

interface TreeProps {
  readonly owner: Owner;
  readonly addressOf: (path: string) => string;
  readonly chosen: string;
  readonly find?: string; // in the names of files
  readonly path?: string;
}

export const encodedPath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

export const addressOf = (runId: string, path: string): string =>
  `/runs/${runId}/artifacts/${encodedPath(path)}`;

export function ArtifactTree({ owner, addressOf, chosen, find = "", path = "" }: TreeProps) {
  const { data, error } = useFolder(owner, path);
  if (error) return <ErrorNote error={error} />;
  return (
    <ul className={styles.list}>
      {data?.files.filter((file) => file.is_dir || matches(file.path, find)).map((file) => (
        <li key={file.path}>
          {file.is_dir ? (
            <Folder owner={owner} addressOf={addressOf} chosen={chosen} find={find} path={file.path} />
          ) : (
            <Link href={addressOf(file.path)} className={styles.entry} data-entry aria-current={file.path === chosen ? "page" : undefined}>
              <Icon name="file" size={14} />
              <span>{nameOf(file.path)}</span>
              {file.file_size !== null && <small>{size(file.file_size)}</small>}
            </Link>
          )}
        </li>
      ))}
      {data && data.total > data.files.length && <li className={styles.more}>{`${count(data.total - data.files.length)} more are not listed`}</li>}
    </ul>
  );
}

function Folder({ owner, addressOf, chosen, find, path }: Required<TreeProps>) {
  const [open, setOpen] = useState(chosen === path || chosen.startsWith(`${path}/`));
  const isShown = open || find !== ""; // what is searched for may lie in it
  return (
    <>
      <div className={styles.folder}>
        <button type="button" className={styles.entry} data-entry aria-expanded={isShown} aria-current={path === chosen ? "page" : undefined} onClick={() => setOpen(!open)}>
          <Icon name={isShown ? "down" : "chevron"} size={14} />
          <span>{nameOf(path)}</span>
        </button>
        <Link href={addressOf(path)} className={styles.whole} aria-label={`Open the folder ${path}`} title="What is in it, and the whole of it as zip"><Icon name="folder" size={14} /></Link>
      </div>
      {isShown && <ArtifactTree owner={owner} addressOf={addressOf} chosen={chosen} find={find} path={path} />}
    </>
  );
}

const nameOf = (path: string): string => path.split("/").at(-1) ?? path;
