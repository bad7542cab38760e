import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { sentenceOf, timelineOf } from "./timeline";

type Event = Schemas["RegistryEvent"];

const event = (timestamp: number, change: Event["change"], rest: Partial<Event> = {}): Event => ({
  name: "m", user_id: null, version: null, subject: "", old: null, new: null, change, timestamp, ...rest,
});

const PAST = [
  event(1, "created"),
  event(2, "created", { version: 1, new: "runs:/a/model" }),
  event(3, "stage", { version: 1, old: "None", new: "Production" }),
  event(3, "alias", { version: 1, subject: "champion", new: "1" }),
  event(4, "created", { version: 2 }),
  event(5, "stage", { version: 2, old: "None", new: "Production" }),
  event(6, "alias", { version: 2, subject: "champion", old: "1", new: "2" }),
  event(7, "stage", { version: 1, old: "Production", new: "Archived" }),
  event(8, "alias", { subject: "champion", old: "2" }),
];

test("an alias is at one version at a time, and a stage may be at several", () => {
  const { moments, lanes } = timelineOf(PAST);
  expect(moments).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(lanes.map((lane) => [lane.name, lane.kind, lane.spans.map((one) => [one.version, one.from, one.to, one.start, one.end])])).toEqual([
    ["champion", "alias", [[1, 3, 6, 1, 4], [2, 6, 8, 4, 6]]],
    ["Production", "stage", [[1, 3, 7, 1, 5]]],
    ["Production", "stage", [[2, 5, null, 3, 7]]],
    ["Archived", "stage", [[1, 7, null, 5, 7]]],
  ]);
});

test("decisions are moments, and told with their comments", () => {
  const approval = (timestamp: number, old: string | null, next: string | null) => event(timestamp, "tag", { version: 1, subject: "runyard.approval", old, new: next });
  const events = [...PAST.slice(0, 2), approval(3, null, "requested"), approval(4, "requested", "approved: good"), approval(5, "approved: good", null)];
  const { moments, lanes } = timelineOf(events);
  expect(moments).toEqual([2, 3, 4]);
  expect(lanes.map((lane) => [lane.kind, lane.spans.map((one) => [one.version, one.decision, one.start, one.end])])).toEqual([
    ["decision", [[1, "requested", 1, 2], [1, "approved", 2, 3]]],
  ]);
  expect(events.slice(2).map(sentenceOf)).toEqual(["Version 1 waits for approval", "Version 1 was approved: good", "The decision on version 1 was taken back"]);
});

test("what is deleted has neither alias nor stage any more", () => {
  const { lanes } = timelineOf([...PAST.slice(0, 4), event(9, "deleted", { version: 1 })]);
  expect(lanes.every((lane) => lane.spans.every((one) => one.to === 9))).toBe(true);
});

test("events are told in words", () => {
  expect([...PAST, event(9, "deleted", { version: 1 }), event(9, "description"), event(9, "tag", { version: 1, subject: "gate", new: "ok" }), event(9, "tag", { subject: "gate", old: "ok" })].map(sentenceOf)).toEqual([
    "The model was created", "Version 1 was registered", "Version 1 went from None to Production", "champion points to version 1",
    "Version 2 was registered", "Version 2 went from None to Production", "champion moved from version 1 to 2",
    "Version 1 went from Production to Archived", "champion no longer points to version 2", "Version 1 was deleted", "The model was described anew",
    "Version 1 was tagged gate: ok", "The model lost its tag gate",
  ]);
});
