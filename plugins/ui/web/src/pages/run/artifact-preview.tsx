/** What is in a file, in the form that suits its kind, part by part where it is long. A further kind is added in `KINDS`. */
import { type ComponentType, Suspense, useState } from "react";
import type { Schemas } from "../../api/client";
import { type Owner, usePreview } from "../../api/queries";
import { BASE } from "../../base";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { Markdown } from "../../components/markdown";
import { CopyButton, Empty, ErrorNote, Loading } from "../../components/notes";
import { count, size } from "../../format";
import styles from "./artifacts.module.css";
import { FilePager } from "./file-pager";

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
  audio: ({ preview }) => <audio controls src={BASE + preview.url} aria-label={nameOf(preview)} className={styles.audio} />,
  video: ({ preview }) => <video controls src={BASE + preview.url} aria-label={nameOf(preview)} className={styles.video} />,
  pdf: () => <Empty>A PDF is not shown here. Download it to open it.</Empty>, // browsers show none in a sandbox
  // Whatever somebody logged runs without this server's origin: by the frame, and by the answer's own policy.
  html: ({ preview }) => <iframe title={nameOf(preview)} src={BASE + preview.url} sandbox="allow-scripts" className={styles.frame} />,
  binary: () => <Empty>This file is not text. Download it to open it.</Empty>,
};
const WHOLE = new Set(["image", "html"]); // kinds that the browser reads as a whole
const LARGE = 16 << 20; // bytes of such a file that are not fetched unasked

interface Place {
  readonly start: number; // where the part begins, as the server counts
  readonly row: number; // its first row, of a table
}

const BEGINNING: Place = { start: 0, row: 0 };

export function ArtifactPreview({ owner, path }: { readonly owner: Owner; readonly path: string }) {
  const [places, setPlaces] = useState<readonly Place[]>([BEGINNING]);
  const place = places.at(-1) ?? BEGINNING;
  const { data: preview, error, isPlaceholderData: isOld } = usePreview(owner, path, place.start);
  const [asked, setAsked] = useState(false);
  if (error) return <ErrorNote error={error} />;
  if (!preview || (isOld && preview.path !== path)) return <Loading what="the file" />;
  const Content = KINDS[preview.kind] ?? (KINDS.binary as Kind);
  const download = `${BASE}${preview.url.replace("&inline=true", "")}`;
  const isLarge = WHOLE.has(preview.kind) && (preview.size ?? 0) > LARGE && !asked;
  const next = nextPlace(preview, place);
  const part = partText(preview, place);
  return (
    <>
      <header className={styles.head}>
        <h2 title={preview.path}>{nameOf(preview)}</h2>
        <span className={styles.about}>{preview.size === null ? "" : size(preview.size)}</span>
        <CopyButton text={preview.path} label="Copy the path" />
        <a href={download} download={nameOf(preview)} className={styles.download}><Icon name="download" size={14} /> Download</a>
      </header>
      {preview.problem && <p className={styles.problem}>{preview.problem}</p>}
      <div key={place.start} className={styles.content} tabIndex={0} role="region" aria-label={preview.path} aria-busy={isOld}>
        {isLarge ? <Large bytes={preview.size ?? 0} onShow={() => setAsked(true)} /> : <Content preview={preview} />}
      </div>
      {part && (
        <FilePager
          what={part}
          onBefore={places.length > 1 ? () => setPlaces(places.slice(0, -1)) : null}
          onAfter={next ? () => setPlaces([...places, next]) : null}
        />
      )}
    </>
  );
}

const isTable = (preview: Preview): boolean => preview.table !== null;

function nextPlace({ table, text, truncated, size: bytes }: Preview, { row }: Place): Place | null {
  if (table) return table.next === null ? null : { start: table.next, row: row + table.rows.length };
  return text && truncated && text.end > text.start && (bytes === null || text.end < bytes) ? { start: text.end, row: 0 } : null;
}

/** Which part of the file is shown; nothing where it is the whole of a text. */
function partText(preview: Preview, { row }: Place): string {
  const { table, text, truncated, size: bytes } = preview;
  if (table && isTable(preview)) {
    const total = table.total_rows ?? (table.next === null ? row + table.rows.length : null);
    if (table.rows.length === 0) return row ? "No further rows" : "No rows";
    return `Rows ${count(row + 1)}–${count(row + table.rows.length)}${total === null ? "" : ` of ${count(total)}`}`;
  }
  return text && truncated ? `Bytes ${count(text.start)}–${count(text.end)}${bytes === null ? "" : ` of ${count(bytes)}`}` : "";
}

const Large = ({ bytes, onShow }: { readonly bytes: number; readonly onShow: () => void }) => (
  <Empty>
    <p>{`This file has ${size(bytes)}, which may be slow to show.`}</p>
    <Button onClick={onShow}>Show it</Button>
  </Empty>
);

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
  const { columns = [], rows = [] } = preview.table ?? {};
  return (
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
  );
}

const cellText = (value: unknown): string => (value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
