import { expect, test } from "vitest";
import { compareAddress, comparedRuns, formatCompare, parseCompare } from "./compare-state";

test("an address keeps the runs, the baseline, the section and whether all is shown", () => {
  const state = { runs: ["b", "a", "c"], section: "metrics", everything: true, step: 20 } as const;
  expect(parseCompare(formatCompare(state))).toEqual(state);
  expect(formatCompare(state)).toBe("runs=b,a,c&base=b&tab=metrics&all=yes&step=20");
});

test("the baseline comes first, and each run once", () => {
  expect(parseCompare("runs=a,b,a,c&base=c").runs).toEqual(["c", "a", "b"]);
  expect(parseCompare("runs=a,b&base=nobody&tab=nonsense")).toEqual({ runs: ["a", "b"], section: "params", everything: false, step: null });
  expect(parseCompare("").runs).toEqual([]);
});

test("the workspace compares what is selected with its baseline", () => {
  expect(comparedRuns({ baseline: null, selected: ["a", "b"] })).toEqual(["a", "b"]);
  expect(comparedRuns({ baseline: "b", selected: ["a", "b"] })).toEqual(["b", "a"]);
  expect(comparedRuns({ baseline: "x", selected: ["a"] })).toEqual(["x", "a"]);
  expect(compareAddress(["x", "a"])).toBe("/compare?runs=x,a&base=x");
  expect(compareAddress([])).toBe("/compare");
});
