import { expect, test } from "vitest";
import { type Experiment, folders, treeLines } from "./tree";

const experiment = (name: string, runs = 0, last: number | null = null): Experiment => ({
  experiment_id: name, name, lifecycle_stage: "active", creation_time: 1, last_update_time: 1, tags: {}, runs, running: runs ? 1 : 0, last_activity: last, first_user: null,
});
const ALL = [experiment("Default"), experiment("vision/digits", 2, 50), experiment("vision/digits/sweep", 70, 90), experiment("vision/cats", 1, 40), experiment("nlp", 5, 95)];
const names = (lines: readonly { readonly depth: number; readonly name: string }[]) => lines.map((line) => `${"  ".repeat(line.depth)}${line.name}`);

test("experiments are a tree by the slashes in their names, the latest first", () => {
  expect(names(treeLines(ALL, new Set(), ""))).toEqual(["nlp", "vision", "  digits", "    sweep", "  cats", "Default"]);
});

test("a folder sums up what lies below it", () => {
  const [, vision, digits] = treeLines(ALL, new Set(), "");
  expect([vision?.runs, vision?.running, vision?.lastActivity, vision?.experiment]).toEqual([73, 3, 90, null]);
  expect([digits?.runs, digits?.isFolder, digits?.experiment?.name]).toEqual([72, true, "vision/digits"]);
});

test("closed folders hide what is in them, a search opens them", () => {
  expect(names(treeLines(ALL, new Set(["vision"]), ""))).toEqual(["nlp", "vision", "Default"]);
  expect(names(treeLines(ALL, new Set(["vision"]), "SWE dig"))).toEqual(["vision", "  digits", "    sweep"]);
});

test("names with slashes at strange places are names", () => {
  expect(names(treeLines([experiment("/a//b/")], new Set(), ""))).toEqual(["/a//b/"]);
});

test("pinned experiments come first, by their whole names, and tags are searched as well", () => {
  const tagged = ALL.map((one) => (one.name === "vision/cats" ? { ...one, tags: { team: "pets", "mlflow.user": "ada" } } : one));
  expect(names(treeLines(tagged, new Set(), "", new Set(["vision/cats", "Default"])))).toEqual(["vision/cats", "Default", "nlp", "vision", "  digits", "    sweep"]);
  expect(names(treeLines(tagged, new Set(), "team: pets"))).toEqual(["vision", "  cats"]);
  expect(treeLines(tagged, new Set(), "ada")).toEqual([]);
});

test("a folder knows all below it, pinned ones among them, and a search only what it finds", () => {
  const some = ["Default", "vision/digits", "vision/digits/sweep", "vision/cats", "nlp"].map((name, at) => ({ ...experiment(name, 1), experiment_id: String(at) }));
  const all = (search: string, pins = new Set<string>()) => Object.fromEntries(treeLines(some, new Set(), search, pins).map((line) => [line.path, line.all]));
  expect(all("", new Set(["3"]))).toEqual({ "vision/cats": ["3"], Default: ["0"], nlp: ["4"], vision: ["1", "2", "3"], "vision/digits": ["1", "2"], "vision/digits/sweep": ["2"] });
  expect(all("digits").vision).toEqual(["1", "2"]);
  expect(folders(some)).toEqual([["vision", ["1", "2", "3"]]]);
});
