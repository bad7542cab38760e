/** Which version an alias or a stage meant when, out of the history of a model. */
import type { Schemas } from "../../api/client";
import { APPROVAL, type Approval, approvalIn, type Decision } from "./approval";

type Event = Schemas["RegistryEvent"];

export interface Span {
  readonly version: number;
  readonly from: number; // a time
  readonly to: number | null; // null: still
  readonly start: number; // the place among the moments
  readonly end: number;
  readonly decision?: Decision; // of a span that is a moment
}

export interface Lane {
  readonly name: string;
  readonly kind: "alias" | "decision" | "stage";
  readonly spans: readonly Span[];
}

export interface Timeline {
  readonly moments: readonly number[]; // times at which something changed, each once
  readonly lanes: readonly Lane[]; // aliases, decisions, stages; a stage that several versions have at once takes several
}

interface Open {
  decision?: Decision;
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
    } else if (change === "tag" && version !== null && subject === APPROVAL && approvalIn(next)) {
      const lane = found.get(DECISIONS) ?? found.set(DECISIONS, []).get(DECISIONS);
      lane?.push({ version, from: timestamp, to: timestamp, decision: approvalIn(next)?.decision ?? "requested" });
    } else if (change === "deleted") {
      for (const lane of found.keys()) finish(lane, version, timestamp);
    } else if (change !== "created" || version === null) continue;
    moments.add(timestamp);
  }
  const inOrder = [...moments].sort((a, b) => a - b);
  const place = new Map(inOrder.map((time, at) => [time, at]));
  const lanes = [...found].sort(([a], [b]) => orderOf(a) - orderOf(b) || a.localeCompare(b)).flatMap(([key, spans]) => {
    const shown = spans.map((one) => {
      const start = place.get(one.from) ?? 0;
      return { ...one, start, end: one.decision ? start + 1 : one.to === null ? inOrder.length : (place.get(one.to) ?? 0) };
    });
    const [kind = "stage", name = ""] = key.split(/ (.*)/s) as [Lane["kind"], string];
    return apart(shown.filter((one) => one.end > one.start)).map((row) => ({ name, kind, spans: row }));
  });
  return { moments: inOrder, lanes };
}

const DECISIONS = "decision Approval";
const ORDER = ["alias", "decision", "stage Staging", "stage Production", "stage Archived"];
const orderOf = (lane: string): number => ORDER.findIndex((one) => lane === one || lane.startsWith(`${one} `));

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

const DID = { requested: "waits for approval", approved: "was approved", rejected: "was rejected" } as const;

function decisionTold(what: string, approval: Approval | null): string {
  if (!approval) return `The decision on ${what.toLowerCase()} was taken back`;
  return `${what} ${DID[approval.decision]}${approval.comment ? `: ${approval.comment}` : ""}`;
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
      if (subject === APPROVAL && (next === null || approvalIn(next))) return decisionTold(what, approvalIn(next));
      if (next === null) return `${what} lost its tag ${subject}`;
      return old === null ? `${what} was tagged ${subject}: ${next}` : `${what} has a new tag ${subject}: ${next}, before ${old}`;
    default:
      return `${what} was described anew`;
  }
}
