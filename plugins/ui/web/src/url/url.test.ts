import { expect, test } from "vitest";
import { formatColumn, formatList, parseColumn, parseList } from "./codec";
import { choosing, formatExperiments, parseExperiments, runsOf } from "./experiments-state";
import { legacyRoute } from "./legacy";
import { formatBrush } from "./plot-state";
import { formatWorkspace, parseWorkspace, START, toggled, workspaceAddress, type WorkspaceState } from "./workspace-state";

const FULL: WorkspaceState = {
  experiments: ["3", "1"],
  tab: "charts",
  query: "metrics.`a b` > 0.9 and params.lr =~ 'x&y=%'",
  sort: { column: "metrics.val_acc@max", descending: true },
  columns: ["params.odd, name%2C", "metrics.a.b@last", "attributes.start_time", "tags.t+1"],
  left: ["params.lr", "metrics.val_acc@max"],
  deleted: true,
  baseline: "a".repeat(32),
  pinned: ["b".repeat(32), "c".repeat(32)],
  selected: ["d".repeat(32)],
  top: "all",
  shown: ["e".repeat(32)],
  hidden: ["f".repeat(32)],
  x: "metric:val loss/é",
  log: { x: true, y: true },
  smooth: { kind: "gaussian", amount: 2.5 },
  outliers: false,
  zoom: [-1.5, 2e6],
  find: "val #1",
  brushes: [
    { column: "params.lr:x", range: [-1e-7, 0.1] },
    { column: "tags.a,b", texts: ["x|y", "1..2", "100%", "a:b"] },
  ],
  axes: ["params.lr", "metrics.val_acc@max"],
  scales: { "params.a:b": "log", "metrics.val_loss@last": "category" },
  colour: "metrics.val_loss@min",
  across: "params.lr",
  up: "metrics.val_acc@last",
  pareto: true,
  bar: "metrics.val_acc@max",
  box: true,
  group: ["params.solver", "tags.team"],
  band: "std",
  open: ["adam,vision", "sgd"],
  panels: { "x.confusion": "by=row&hide=3,5" },
  view: "0".repeat(32),
};

test("an address keeps all that one sees", () => {
  expect(parseWorkspace(formatWorkspace(FULL))).toEqual(FULL);
  expect(parseWorkspace(`?${formatWorkspace(FULL)}`)).toEqual(FULL);
});

test("what is as it is at the start is not in the address", () => {
  expect(formatWorkspace(START)).toBe("");
  expect(parseWorkspace("")).toEqual(START);
});

test("an address is readable", () => {
  const state = { ...START, query: "metrics.acc > 0.9", sort: { column: "metrics.acc@last", descending: true }, columns: ["params.lr", "metrics.acc@min"] };
  expect(formatWorkspace(state)).toBe("q=metrics.acc+>+0.9&sort=-metrics.acc&cols=params.lr,metrics.acc@min");
});

test("one experiment has an address of its own, several are named in theirs, each once", () => {
  const state = { ...START, group: ["attributes.experiment_id"], experiments: ["9"] };
  expect(workspaceAddress(["1"], state)).toBe("/experiments/1?group=experiment_id");
  expect(workspaceAddress(["1"])).toBe("/experiments/1");
  expect(workspaceAddress(["3", "1"], state)).toBe("/workspace?exp=3,1&group=experiment_id");
  expect(parseWorkspace("?exp=3,1,3,,&group=experiment_id")).toEqual({ ...state, experiments: ["3", "1"] });
  expect([runsOf(["1"]), runsOf(["3", "1"])]).toEqual([workspaceAddress(["1"]), workspaceAddress(["3", "1"])]);
});

test("the list of experiments keeps its search and what is selected", () => {
  const state = { query: "team: a&b", selected: ["1", "22"] };
  expect(parseExperiments(formatExperiments(state))).toEqual(state);
  expect(formatExperiments({ query: "", selected: [] })).toBe("");
  expect(choosing(["1", "22"])).toBe("/experiments?sel=1,22");
});

test("no column at all is not the same as those that differ", () => {
  expect(parseWorkspace(formatWorkspace({ ...START, columns: [] })).columns).toEqual([]);
});

test("smoothing is a weight, or named with its amount", () => {
  const smooth = (text: string) => parseWorkspace(`?smooth=${text}`).smooth;
  expect([smooth("0.6"), smooth("mean:20"), smooth("gaussian:0")]).toEqual([
    { kind: "ema", amount: 0.6 }, { kind: "mean", amount: 20 }, { kind: "gaussian", amount: 0 },
  ]);
  expect([smooth("1"), smooth("gaussian:51"), smooth("median:3")]).toEqual([START.smooth, START.smooth, START.smooth]);
  expect(formatWorkspace({ ...START, smooth: { kind: "ema", amount: 0.6 } })).toBe("smooth=0.6");
});

test("what is wrong in an address counts as nothing", () => {
  expect(parseWorkspace("?tab=nonsense&top=-3&smooth=mean:-1&outliers=some&zoom=5..1&log=q&sort=&brush=x,params.lr:5..1&scales=round:x&band=wide")).toEqual(START);
});

test.each(["attributes.run_name", "params.a@last", "tags.b", "metrics.c@last", "metrics.d@min", "metrics.e@f@last"])("the column %s stays itself", (key) => {
  expect(parseColumn(formatColumn(key))).toBe(key);
});

test("lists keep commas and percents in their values", () => {
  expect(parseList(formatList(["a,b", "c%2Cd", "%"]))).toEqual(["a,b", "c%2Cd", "%"]);
});

test("what is toggled twice is as before", () => {
  expect(toggled(toggled(["a"], "b"), "b")).toEqual(["a"]);
});

test.each([
  ["#/experiments/1", "/experiments/1"],
  ["#/experiments/1/runs/abc", "/runs/abc/overview"],
  ["#/experiments/1/runs/abc/artifacts", "/runs/abc/artifacts"],
  ["#/experiments/1/runs/abc/artifactPath/a/b.png", "/runs/abc/artifacts/a/b.png"],
  ["#/experiments/1/runs/abc/model-metrics", "/runs/abc/metrics"],
  ["#/experiments/1?searchFilter=x", "/experiments/1"],
  ["#/compare-runs?runs=[%22a%22,%22b%22]&experiments=[%221%22]", "/compare?runs=a,b"],
  ["#/compare-experiments/s?experiments=[%221%22,%2222%22]", "/workspace?exp=1,22"],
  ["#/models/my%20model/versions/3", "/models/my%20model/versions/3"],
  ["#/models/m", "/models/m"],
  ["#/models", "/models"],
  ["#/", "/experiments"],
  ["#/traces/xyz", "/experiments"],
  ["#section", null],
  ["", null],
])("MLflow's %s is our %s", (hash, route) => {
  expect(legacyRoute(hash)).toBe(route);
});

test("a brush is readable", () => {
  expect(formatBrush({ column: "params.lr", range: [0.001, 0.1] })).toBe("params.lr:0.001..0.1");
  expect(formatBrush({ column: "metrics.acc@last", range: [0.9, 1] })).toBe("metrics.acc:0.9..1");
  expect(formatBrush({ column: "params.solver", texts: ["adam", "sgd"] })).toBe("params.solver:=adam|sgd");
});
