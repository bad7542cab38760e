/** Lines of a log, of which only those in view are there; it stays at the end while that grows, until one scrolls away. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Button } from "../../../components/button";
import { counted } from "../../../format";
import { printed } from "./log-text";
import styles from "./logs.module.css";

interface LinesProps {
  readonly lines: readonly string[];
  readonly numbered: boolean;
  readonly wrap: boolean;
  readonly find: string;
  readonly shown: number | null; // the line that the search stands at
  readonly going: boolean;
}

const LINE = 19; // pixels, before it is measured
const NEAR = 24; // pixels from the end that still are the end

export function Lines({ lines, numbered, wrap, find, shown, going }: LinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const seen = useRef(lines.length);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 20 });
  const toEnd = () => {
    setAtEnd(true);
    rows.scrollToIndex(lines.length - 1, { align: "end" });
  };
  useLayoutEffect(() => {
    if (atEnd && shown === null && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: "end" });
    if (atEnd) seen.current = lines.length;
  }, [lines, wrap]);
  useLayoutEffect(() => rows.measure(), [wrap, rows]);
  useEffect(() => {
    if (shown === null) return;
    setAtEnd(false);
    rows.scrollToIndex(shown, { align: "center" });
  }, [shown]);
  const onScroll = () => {
    const element = scroller.current;
    if (element) setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR);
  };
  const fresh = lines.length - seen.current;
  return (
    <div className={styles.window}>
      <div ref={scroller} className={styles.scroller} data-wrap={wrap} tabIndex={0} role="region" aria-label="Log" onScroll={onScroll}>
        <div className={styles.lines} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => (
            <div key={row.index} ref={rows.measureElement} data-index={row.index} data-shown={row.index === shown} className={styles.line} style={{ transform: `translateY(${row.start}px)` }}>
              {numbered && <span className={styles.number} aria-hidden="true">{row.index + 1}</span>}
              <span className={styles.text}><Marked text={printed(lines[row.index] ?? "")} find={find} /></span>
            </div>
          ))}
        </div>
      </div>
      {!atEnd && lines.length > 0 && (
        <Button className={styles.follow} icon="down" onClick={toEnd}>{going && fresh > 0 ? `${counted(fresh, "new line")}` : going ? "Follow" : "To the end"}</Button>
      )}
    </div>
  );
}

/** A text in which what is searched for is marked. */
function Marked({ text, find }: { readonly text: string; readonly find: string }) {
  if (!find) return <>{text}</>;
  const parts: React.ReactNode[] = [];
  const [low, wanted] = [text.toLowerCase(), find.toLowerCase()];
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  return <>{parts}{text.slice(from)}</>;
}
