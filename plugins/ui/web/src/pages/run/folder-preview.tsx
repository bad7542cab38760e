/** What is in a folder, and the way to have all of it. */
import { Link } from "wouter";
import { archiveAddress } from "../../api/files";
import { type Owner, useFolder } from "../../api/queries";
import { Icon } from "../../components/icon";
import { CopyButton, ErrorNote, Loading } from "../../components/notes";
import { count, counted, size } from "../../format";
import styles from "./artifacts.module.css";

interface FolderPreviewProps {
  readonly owner: Owner;
  readonly path: string;
  readonly addressOf: (path: string) => string;
}

export function FolderPreview({ owner, path, addressOf }: FolderPreviewProps) {
  const { data, error } = useFolder(owner, path);
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="the folder" />;
  const bytes = data.files.reduce((sum, file) => sum + (file.file_size ?? 0), 0);
  const folders = data.files.filter((file) => file.is_dir).length;
  return (
    <>
      <header className={styles.head}>
        <h2 title={path}>{path.split("/").at(-1)}</h2>
        <span className={styles.about}>{[counted(data.total - folders, "file"), size(bytes), folders ? counted(folders, "folder") : ""].filter(Boolean).join(", ")}</span>
        <CopyButton text={path} label="Copy the path" />
        <a href={archiveAddress(owner, path)} className={styles.download}><Icon name="download" size={14} /> Download as zip</a>
      </header>
      <div className={styles.content} tabIndex={0} role="region" aria-label={path}>
        <table className={styles.table}>
          <thead><tr><th scope="col">Name</th><th scope="col">Size</th></tr></thead>
          <tbody>
            {data.files.map((file) => (
              <tr key={file.path}>
                <td><Link href={addressOf(file.path)}>{file.path.slice(path.length + 1)}{file.is_dir && "/"}</Link></td>
                <td data-number="true">{file.file_size === null ? "" : size(file.file_size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {data.total > data.files.length && <p className={styles.more}>{`${count(data.total - data.files.length)} more are not listed`}</p>}
      </div>
    </>
  );
}
