/** The end of a log, what comes to it while its run goes on, and what came before as it is asked for. */
import { useCallback, useEffect, useRef, useState } from "react";
import { readPart } from "../../../api/files";
import { LogText } from "./log-text";

const END = 256 << 10; // bytes that are read at first
const MOST_AT_ONCE = 4 << 20; // bytes of one further reading
const MOST = 32 << 20; // bytes that are kept here
const PAUSE = 2_000; // milliseconds between two looks
const OVERLAP = 64; // bytes that are read again, to see whether it is still the same file

export interface Log {
  readonly text: LogText | null;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly full: boolean; // no more can be kept here
  readonly earlier: (everything: boolean) => void;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at]);

export function useLog(runId: string, path: string, follow: boolean): Log {
  const [text, setText] = useState<LogText | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [, draw] = useState(0);
  const latest = useRef<LogText | null>(null);
  const last = useRef(new Uint8Array()); // the last bytes that were read
  const read = useCallback((range: string, signal?: AbortSignal) => readPart({ run_id: runId }, path, range, signal), [runId, path]);

  const start = useCallback(async (signal: AbortSignal) => {
    const part = await read(`-${END}`, signal);
    last.current = part.bytes.slice(-OVERLAP);
    latest.current = LogText.of(part.start, part.bytes, part.size);
    setText(latest.current);
  }, [read]);

  const look = useCallback(async (signal: AbortSignal) => {
    const known = latest.current;
    if (known === null) return start(signal);
    const overlap = last.current.length;
    const from = known.end - overlap;
    const part = await read(`${from}-${from + MOST_AT_ONCE}`, signal);
    if (part.size < known.end || part.start !== from || !same(part.bytes.slice(0, overlap), last.current)) return start(signal);
    if (part.bytes.length === overlap) return;
    last.current = part.bytes.slice(-OVERLAP);
    known.append(part.bytes.subarray(overlap), part.size);
    draw(known.version);
  }, [read, start]);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async () => {
      try {
        if (!document.hidden) await look(stop.signal);
        setError(null);
      } catch (told) {
        if (stop.signal.aborted) return;
        setError(told as Error);
      }
      if (follow && !stop.signal.aborted) timer = setTimeout(() => void again(), PAUSE);
    };
    void again();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [look, follow]);

  const full = text !== null && text.end - text.start >= MOST;
  const earlier = async (everything: boolean) => {
    if (!text || busy) return;
    setBusy(true);
    try {
      const least = Math.max(0, text.end - MOST);
      do {
        const from = Math.max(least, text.start - (everything ? MOST_AT_ONCE : 4 * END));
        text.prepend((await read(`${from}-${text.start - 1}`)).bytes);
        draw(text.version);
      } while (everything && text.start > least);
    } catch (told) {
      setError(told as Error);
    } finally {
      setBusy(false);
    }
  };
  return { text, error, busy, full, earlier: (everything) => void earlier(everything) };
}
