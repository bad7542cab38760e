/** Which version an alias or a stage meant when, out of the history of a model. */
import type { Schemas } from "../../api/client";

type Event = Schemas["RegistryEvent"];

export interface Span {
  readonly version: number;
  readonly from: number; // a time
  readonly to: number | null; // null: still
  readonly start: number; // the place among the moments
  readonly end: number;
}

export interface Lane {
  readonly name: string;
  readonly isAlias: boolean;
  readonly spans: readonly Span[];
}

export interface Timeline {
  readonly moments: readonly number[]; // times at which something changed, each once
  readonly lanes: readonly Lane[]; // aliases first; a stage that several versions have at once takes several
}

interface Open {
  version: number;
  from: number;
  to: number | null;
}

/** The timeline of events, the oldest first. */
export function timelineOf(events: readonly Event[]): Timeline {
  const found = new Map<string, Open[]>();
  const begin = (lane: string, version: number, from: number) => void (found.get(lane) ?? found.set(lane, []).get(lane))?.push({ version, from, to: null });
  const finish = (lane: string, version: number | null, to: number) => {
    for (const one of found.get(lane) ?? []) if (one.to === null && (version === null || one.version === version)) one.to = to;
  };
  const moments = new Set<number>();
  for (const { change, subject, version, old, new: next, timestamp } of events) {
    if (change === "alias") {
      finish(`alias ${subject}`, null, timestamp);
      if (next !== null) begin(`alias ${subject}`, Number(next), timestamp);
    } else if (change === "stage" && version !== null) {
      finish(`stage ${old}`, version, timestamp);
      if (next !== null && next !== "None") begin(`stage ${next}`, version, timestamp);
    } else if (change === "deleted") {
      for (const lane of found.keys()) finish(lane, version, timestamp);
    } else if (change !== "created" || version === null) continue;
    moments.add(timestamp);
  }
  const inOrder = [...moments].sort((a, b) => a - b);
  const place = new Map(inOrder.map((time, at) => [time, at]));
  const lanes = [...found].sort(([a], [b]) => a.localeCompare(b)).flatMap(([key, spans]) => {
    const shown = spans.map((one) => ({ ...one, start: place.get(one.from) ?? 0, end: one.to === null ? inOrder.length : (place.get(one.to) ?? 0) }));
    const isAlias = key.startsWith("alias ");
    return apart(shown.filter((one) => one.end > one.start)).map((row) => ({ name: key.slice(6), isAlias, spans: row }));
  });
  return { moments: inOrder, lanes };
}

/** Rows in which no span lies over another. */
function apart(spans: readonly Span[]): readonly (readonly Span[])[] {
  const rows: Span[][] = [];
  for (const span of spans) {
    const free = rows.find((row) => (row.at(-1)?.end ?? 0) <= span.start);
    if (free) free.push(span);
    else rows.push([span]);
  }
  return rows;
}

/** What an event says, in words. */
export function sentenceOf({ change, subject, version, old, new: next }: Event): string {
  const what = version === null ? "The model" : `Version ${version}`;
  switch (change) {
    case "created":
      return version === null ? "The model was created" : `Version ${version} was registered`;
    case "renamed":
      return `Renamed from ${old} to ${next}`;
    case "deleted":
      return `${what} was deleted`;
    case "stage":
      return `${what} went from ${old} to ${next}`;
    case "alias":
      if (next === null) return `${subject} no longer points to version ${old}`;
      return old === null ? `${subject} points to version ${next}` : `${subject} moved from version ${old} to ${next}`;
    case "tag":
      if (next === null) return `${what} lost its tag ${subject}`;
      return old === null ? `${what} was tagged ${subject}: ${next}` : `${what} has a new tag ${subject}: ${next}, before ${old}`;
    default:
      return `${what} was described anew`;
  }
}
