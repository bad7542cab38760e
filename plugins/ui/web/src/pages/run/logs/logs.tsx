/** What a run wrote: the end of a log, which follows a run that goes on; searched, wrapped, saved. */
import { useMemo, useState } from "react";
import { Link, Redirect } from "wouter";
import { fileAddress } from "../../../api/files";
import { useFolder } from "../../../api/queries";
import { Button } from "../../../components/button";
import { SearchField } from "../../../components/field";
import { Icon } from "../../../components/icon";
import { Dot, Empty, ErrorNote, Loading } from "../../../components/notes";
import { count, size } from "../../../format";
import { decoded } from "../../../url/codec";
import { encodedPath } from "../artifact-tree";
import type { RunTabProps } from "../run-page";
import { Lines } from "./lines";
import { found, isLog, LogText } from "./log-text";
import styles from "./logs.module.css";
import { type Log, useLog } from "./use-log";

const OUTPUT = "runyard/output.log"; // where the output of a launched run is kept
const FOLDERS = ["", "runyard", "logs", "log"] as const;

export default function Logs({ run, path }: RunTabProps) {
  const runId = run.info.run_id;
  const { files, error, isLoading } = useLogFiles(runId);
  const chosen = decoded(path);
  const addressOf = (file: string) => `/runs/${runId}/logs/${encodedPath(file)}`;
  if (error) return <ErrorNote error={error} />;
  if (chosen) return <LogPage key={chosen} runId={runId} path={chosen} files={files} addressOf={addressOf} going={run.info.end_time === null} />;
  if (isLoading) return <Loading what="logs" />;
  return files[0] ? <Redirect to={addressOf(files[0])} replace /> : <NoLogs going={run.info.end_time === null} />;
}

/** Logs by their names, the output that Runyard kept first. */
function useLogFiles(runId: string) {
  const owner = { run_id: runId };
  const root = useFolder(owner, "");
  const there = new Set(root.data?.files.filter((file) => file.is_dir).map((file) => file.path));
  const folders = FOLDERS.map((folder) => useFolder(owner, there.has(folder) ? folder : ""));
  const files = [...new Set(folders.flatMap((folder) => folder.data?.files ?? []).filter((file) => !file.is_dir && isLog(file.path)).map((file) => file.path))];
  return {
    files: files.sort((a, b) => Number(b === OUTPUT) - Number(a === OUTPUT) || a.localeCompare(b)),
    error: root.error,
    isLoading: root.isLoading || folders.some((folder) => folder.isLoading),
  };
}

interface LogPageProps {
  readonly runId: string;
  readonly path: string;
  readonly files: readonly string[];
  readonly addressOf: (file: string) => string;
  readonly going: boolean;
}

function LogPage({ runId, path, files, addressOf, going }: LogPageProps) {
  const log = useLog(runId, path, going);
  const [wrap, setWrap] = useState(true);
  const [find, setFind] = useState("");
  const [place, setPlace] = useState(0); // among the lines that were found
  const text = log.text;
  const lines = useMemo(() => text?.lines ?? [], [text, text?.version]);
  const places = useMemo(() => found(lines, find), [lines, find]);
  const go = (by: number) => setPlace((now) => (places.length ? (now + by + places.length) % places.length : 0));
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        {files.length > 1 && (
          <nav aria-label="Logs" className={styles.files}>
            {files.map((file) => <Link key={file} href={addressOf(file)} aria-current={file === path ? "page" : undefined}>{file}</Link>)}
          </nav>
        )}
        {files.length <= 1 && <code className={styles.name}>{path}</code>}
        <SearchField
          className={styles.find} label="Search the log" placeholder="Search" value={find}
          onText={(wanted) => (setFind(wanted), setPlace(0))}
          onKeyDown={(event) => event.key === "Enter" && go(event.shiftKey ? -1 : 1)}
        />
        {find && <FoundText places={places} place={place} onGo={go} />}
        <Button icon="wrap" aria-pressed={wrap} title="Break long lines" onClick={() => setWrap(!wrap)}>Wrap</Button>
        <a href={fileAddress({ run_id: runId }, path)} download={path.split("/").at(-1)} className={styles.download}><Icon name="download" size={14} /> Download</a>
      </div>
      {log.error && <ErrorNote error={log.error} />}
      {!text && !log.error && <Loading what="the log" />}
      {text && <Before log={log} text={text} find={find} />}
      {text && <Lines lines={lines} numbered={text.complete} wrap={wrap} find={find} shown={places[place] ?? null} going={going} />}
      {text && <p className={styles.foot}>{going && <><Dot status="RUNNING" /> follows the run · </>}{lastBytes(text, lines.length)}</p>}
    </div>
  );
}

const lastBytes = (text: LogText, lines: number): string =>
  text.complete ? `${count(lines)} lines, ${size(text.size)}` : `the last ${size(text.end - text.start)} of ${size(text.size)}, ${count(lines)} lines`;

/** What came before the part that is here, which a search says it did not look at. */
function Before({ log, text, find }: { readonly log: Log; readonly text: LogText; readonly find: string }) {
  if (text.complete) return null;
  return (
    <p className={styles.before}>
      {log.full ? "More than this is not shown here; download it." : `${size(text.start)} before this are not ${find ? "searched" : "shown"}.`}
      {!log.full && (
        <>
          <Button small disabled={log.busy} onClick={() => log.earlier(false)}>Show more</Button>
          <Button small disabled={log.busy} onClick={() => log.earlier(true)}>{log.busy ? "Reading…" : find ? "Search all of it" : "Show all"}</Button>
        </>
      )}
    </p>
  );
}

interface FoundTextProps {
  readonly places: readonly number[];
  readonly place: number;
  readonly onGo: (by: number) => void;
}

const FoundText = ({ places, place, onGo }: FoundTextProps) => (
  <span className={styles.found}>
    <span role="status">{places.length ? `${count(Math.min(place, places.length - 1) + 1)} of ${count(places.length)} lines` : "not found"}</span>
    <Button small look="quiet" aria-label="Line before (Shift Enter)" disabled={!places.length} onClick={() => onGo(-1)}>↑</Button>
    <Button small look="quiet" aria-label="Next line (Enter)" disabled={!places.length} onClick={() => onGo(1)}>↓</Button>
  </span>
);

const NoLogs = ({ going }: { readonly going: boolean }) => (
  <Empty>
    <p>{going ? "This run has kept no log so far." : "This run has kept no log."}</p>
    <p>What a program writes is kept where Runyard starts it: <code>runyard run PROJECT</code>. Any other log comes with <code>ry.log_artifact("train.log")</code>.</p>
  </Empty>
);
