/** Folders and files, a folder's content read when it is opened. */
import { useState } from "react";
import { Link } from "wouter";
import { useFolder } from "../../api/queries";
import { Icon } from "../../components/icon";
import { ErrorNote } from "../../components/notes";
import { count, size } from "../../format";
import styles from "./artifacts.module.css";

interface TreeProps {
  readonly runId: string;
  readonly chosen: string;
  readonly path?: string;
}

export const addressOf = (runId: string, path: string): string =>
  `/runs/${runId}/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;

export function ArtifactTree({ runId, chosen, path = "" }: TreeProps) {
  const { data, error } = useFolder(runId, path);
  if (error) return <ErrorNote error={error} />;
  return (
    <ul className={styles.list}>
      {data?.files.map((file) => (
        <li key={file.path}>
          {file.is_dir ? (
            <Folder runId={runId} chosen={chosen} path={file.path} />
          ) : (
            <Link href={addressOf(runId, file.path)} className={styles.entry} aria-current={file.path === chosen ? "page" : undefined}>
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

function Folder({ runId, chosen, path }: Required<TreeProps>) {
  const [open, setOpen] = useState(chosen.startsWith(`${path}/`));
  return (
    <>
      <button type="button" className={styles.entry} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "chevron"} size={14} />
        <span>{nameOf(path)}</span>
      </button>
      {open && <ArtifactTree runId={runId} chosen={chosen} path={path} />}
    </>
  );
}

const nameOf = (path: string): string => path.split("/").at(-1) ?? path;
