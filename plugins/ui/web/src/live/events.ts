/** The one stream of events of this tab: whoever shows something says what it wants to hear of. */
import { BASE } from "../base";
import type { Schemas } from "../api/client";
import { Listeners } from "../listeners";

export type RunEvent = Schemas["RunEvent"];
export type Change = Schemas["Change"];

export interface Listener {
  readonly topics: readonly string[]; // such as exp:1, run:abc, experiments; * is everything
  readonly onRun?: (event: RunEvent) => void;
  readonly onChange?: (change: Change) => void;
  /** Too much was missed: read everything anew. */
  readonly onReset?: () => void;
}

export type State = "off" | "paused" | "connecting" | "live" | "lost";

const KEY = "runyard.live";

/** Whether changes are shown as they happen; kept in this browser. */
export const isFollowing = (): boolean => localStorage.getItem(KEY) !== "off";

export function setFollowing(on: boolean): void {
  if (on) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, "off");
  if (on && !last) tell((listener) => listener.onReset?.()); // else the stream goes on where it stopped
  schedule();
}

const REOPEN = 50; // milliseconds in which changes of topics are gathered
const listeners = new Set<Listener>();
const watchers = new Listeners();
let source: EventSource | null = null;
let open = ""; // the topics of the stream
let last = ""; // the id of the last event, to go on from with other topics
let state: State = "off";
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

export const watchStream = watchers.subscribe;

function schedule(): void {
  clearTimeout(timer);
  timer = setTimeout(reopen, REOPEN);
}

function reopen(): void {
  const wanted = new Set([...listeners].flatMap((listener) => listener.topics));
  const known = wanted.has("*") ? "*" : [...wanted].sort().join(",");
  const topics = isFollowing() ? known : "";
  if (topics === open) return topics === "" ? become(known ? "paused" : "off") : undefined;
  source?.close();
  source = null;
  open = topics;
  if (!topics) return become(known ? "paused" : "off");
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
  watchers.tell();
}
