/** What is in a file, in the form that suits its kind. A further kind is added in `KINDS`. */
import { type ComponentType, Suspense } from "react";
import type { Schemas } from "../../api/client";
import { type Owner, usePreview } from "../../api/queries";
import { BASE } from "../../base";
import { Icon } from "../../components/icon";
import { Markdown } from "../../components/markdown";
import { CopyButton, Empty, ErrorNote, Loading } from "../../components/notes";
import { count, size } from "../../format";
import { PreviewPanels } from "../../panels/slots";
import styles from "./artifacts.module.css";

type Preview = Schemas["Preview"];
type Kind = ComponentType<{ readonly preview: Preview }>;

const nameOf = (preview: Preview): string => preview.path.split("/").at(-1) ?? preview.path;

const KINDS: Readonly<Record<string, Kind>> = {
  text: ({ preview }) => <Text preview={preview} />,
  json: ({ preview }) => (preview.table ? <Table preview={preview} /> : <Text preview={preview} />),
  markdown: ({ preview }) => (
    <Suspense fallback={<Loading what="the text" />}>
      <div className={styles.page}><Markdown text={preview.text?.text ?? ""} /></div>
    </Suspense>
  ),
  table: ({ preview }) => (preview.table ? <Table preview={preview} /> : <Text preview={preview} />),
  image: ({ preview }) => <div className={styles.image}><img src={BASE + preview.url} alt={nameOf(preview)} /></div>,
  audio: ({ preview }) => <audio controls src={BASE + preview.url} className={styles.audio} />,
  video: ({ preview }) => <video controls src={BASE + preview.url} className={styles.video} />,
  pdf: () => <Empty>A PDF is not shown here. Download it to open it.</Empty>, // browsers show none in a sandbox
  // Whatever somebody logged runs without this server's origin: by the frame, and by the answer's own policy.
  html: ({ preview }) => <iframe title={nameOf(preview)} src={BASE + preview.url} sandbox="allow-scripts" className={styles.frame} />,
  binary: () => <Empty>This file is not text. Download it to open it.</Empty>,
};

export function ArtifactPreview({ owner, path }: { readonly owner: Owner; readonly path: string }) {
  const { data: preview, error } = usePreview(owner, path);
  if (error) return <ErrorNote error={error} />;
  if (!preview) return <Loading what="the file" />;
  const Content = KINDS[preview.kind] ?? (KINDS.binary as Kind);
  const download = `${BASE}${preview.url.replace("&inline=true", "")}`;
  return (
    <>
      <header className={styles.head}>
        <h2 title={preview.path}>{nameOf(preview)}</h2>
        <span className={styles.about}>{[preview.size === null ? "" : size(preview.size), preview.truncated ? "the beginning of it" : ""].filter(Boolean).join(", ")}</span>
        <CopyButton text={preview.path} label="Copy the path" />
        <a href={download} download={nameOf(preview)} className={styles.download}><Icon name="download" size={14} /> Download</a>
      </header>
      {preview.problem && <p className={styles.problem}>{preview.problem}</p>}
      <div className={styles.content} tabIndex={0} role="region" aria-label={preview.path}>
        <PreviewPanels preview={preview} owner={owner}><Content preview={preview} /></PreviewPanels>
      </div>
    </>
  );
}

function Text({ preview }: { readonly preview: Preview }) {
  const text = preview.text?.text ?? "";
  return <pre className={styles.text}>{preview.kind === "json" && !preview.truncated ? indented(text) : text}</pre>;
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Table({ preview }: { readonly preview: Preview }) {
  const { columns = [], rows = [], total_rows: total = null } = preview.table ?? {};
  return (
    <>
      <table className={styles.table}>
        <thead>
          <tr>{columns.map((name, at) => <th key={at} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>{row.map((value, place) => <td key={place} data-number={typeof value === "number"}>{cellText(value)}</td>)}</tr>
          ))}
        </tbody>
      </table>
      <p className={styles.more}>{total === null ? `The first ${count(rows.length)} rows` : `${count(rows.length)} of ${count(total)} rows`}</p>
    </>
  );
}

const cellText = (value: unknown): string => (value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
