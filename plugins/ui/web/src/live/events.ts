/** The one stream of events of this tab: whoever shows something says what it wants to hear of. */
import { BASE } from "../base";
import type { Schemas } from "../api/client";

export type RunEvent = Schemas["RunEvent"];
export type Change = Schemas["Change"];

export interface Listener {
  readonly topics: readonly string[]; // such as exp:1, run:abc, experiments; * is everything
  readonly onRun?: (event: RunEvent) => void;
  readonly onChange?: (change: Change) => void;
  /** Too much was missed: read everything anew. */
  readonly onReset?: () => void;
}

export type State = "off" | "connecting" | "live" | "lost" | "paused";

const REOPEN = 50; // milliseconds in which changes of topics are gathered
const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let source: EventSource | null = null;
let open = ""; // the topics of the stream
let last = ""; // the id of the last event, to go on from with other topics
let state: State = "off";
let paused = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Listens until the function that is returned is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  schedule();
  return () => {
    listeners.delete(listener);
    schedule();
  };
}

export const streamState = (): State => state;

export function watchStream(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Hears of nothing until it is resumed, which tells of all that was missed. */
export function pauseStream(wanted: boolean): void {
  paused = wanted;
  if (paused) clearTimeout(timer);
  reopen();
  if (!paused && !last) tell((listener) => listener.onReset?.()); // nobody knows since when
}

function schedule(): void {
  clearTimeout(timer);
  timer = setTimeout(reopen, REOPEN);
}

function reopen(): void {
  const wanted = new Set([...listeners].flatMap((listener) => listener.topics));
  const topics = paused ? "" : wanted.has("*") ? "*" : [...wanted].sort().join(",");
  if (topics === open && topics) return;
  source?.close();
  source = null;
  open = topics;
  if (!topics) return become(paused ? "paused" : "off");
  const query = new URLSearchParams({ ...(topics === "*" ? {} : { topics }), ...(last ? { since: last } : {}) });
  connect(new EventSource(`${BASE}/api/v1/events?${query}`));
}

function connect(stream: EventSource): void {
  source = stream;
  become("connecting");
  stream.onopen = () => become("live");
  stream.onerror = () => {
    become("lost");
    if (stream.readyState !== EventSource.CLOSED) return; // else the browser tries again by itself
    setTimeout(() => {
      if (source !== stream) return;
      open = "";
      reopen();
    }, 5_000);
  };
  on(stream, "run", (data) => tell((listener) => listener.onRun?.(data as RunEvent)));
  on(stream, "change", (data) => tell((listener) => listener.onChange?.(data as Change)));
  on(stream, "reset", () => tell((listener) => listener.onReset?.()));
}

function on(stream: EventSource, name: string, act: (data: unknown) => void): void {
  stream.addEventListener(name, (event) => {
    if (event.lastEventId) last = event.lastEventId;
    act(JSON.parse(event.data as string));
  });
}

function tell(act: (listener: Listener) => void): void {
  for (const listener of listeners) act(listener);
}

function become(next: State): void {
  state = next;
  for (const watcher of watchers) watcher();
}
