import { expect, test } from "vitest";
import type { Curve } from "./curves";
import { curveRows, pointRows, pointsOf } from "./chart-rows";
import { placing } from "./draw";
import { xExtent, yReach } from "./extent";
import { pointsText, said } from "./said";
import { amountAt, placeOf } from "./smoothing";
import { ticksOf, timeSteps } from "./ticks";

function curve(run: string, y: readonly number[], more: Partial<Curve> = {}): Curve {
  const nan = y.filter(Number.isNaN).length;
  const infinite = y.filter((value) => !Number.isNaN(value) && !Number.isFinite(value)).length;
  return {
    run, x: Float64Array.from(y.keys()), y: Float64Array.from(y), smoothed: null,
    total: y.length, inRange: y.length, returned: y.length, nan, infinite, band: null, ...more,
  };
}

const NONE = { smooth: { kind: "ema", amount: 0 }, group: null } as const;
const steps = (count: number) => Array.from({ length: count }, (_, step) => 1 - step / count);

test("the y axis reaches to every value that is drawn, raw ones beside smoothed ones, and to no other", () => {
  const raw = curve("a", [0, 10, 0, Number.NaN, Number.POSITIVE_INFINITY], { smoothed: Float64Array.from([0, 1, 1, 1, 1]) });
  expect(yReach([raw], [0, 4], false, true)).toEqual({ extent: [-0.5, 10.5], beyond: 0 });
  expect(yReach([raw], [2, 4], false, true).extent[1]).toBeLessThan(2);
  expect(yReach([curve("a", [-1, 0, 1, 10])], [0, 3], true, true).extent).toEqual([1 / 1.1, 11]);
  expect(yReach([curve("a", [Number.NaN])], [0, 1], false, false)).toEqual({ extent: [0, 1], beyond: 0 });
});

test("outliers are left out of the y axis where that is wanted, and counted", () => {
  const values = [...steps(100), 90, -90];
  const { extent, beyond } = yReach([curve("a", values)], [0, 200], false, false);
  expect(beyond).toBe(2);
  expect(extent[0]).toBeGreaterThan(-0.1);
  expect(extent[1]).toBeLessThan(1.1);
  expect(yReach([curve("a", steps(100))], [0, 100], false, false).beyond).toBe(0);
  expect(yReach([curve("a", [...steps(99).map((value) => value + 1), 1e6])], [0, 100], true, false).beyond).toBe(1);
});

test("a logarithmic x axis begins at the first point above zero", () => {
  const curves = { curves: [curve("a", [1, 2, 3])], x0: 0, x1: 2 };
  expect(xExtent(curves, null, true)).toEqual([1, 2]);
  expect(xExtent(curves, [-1, 2], false)).toEqual([-1, 2]);
  expect([1, 10, 100].map(placing(1, 100, 50, 200, true))).toEqual([50, 150, 250]);
});

test("what is left out is said", () => {
  const many = curve("a", [1, Number.NaN, Number.NEGATIVE_INFINITY], { total: 1_000_000, inRange: 1_000_000, returned: 2_877 });
  expect(pointsText({ curves: [many], x0: 0, x1: 1 })).toBe("2,877 of 1,000,000 points, extremes kept · 1 NaN · 1 infinite");
  expect(said({ curves: [curve("a", [1], { smoothed: new Float64Array(1) })], x0: 0, x1: 1 }, { ...NONE, smooth: { kind: "gaussian", amount: 2 } }, 3)).toBe(
    "1 point · smoothed, Gaussian of 2, raw faint · 3 values beyond the y axis",
  );
  const band = { low: new Float64Array(1), high: new Float64Array(1), runs: 250 };
  const groups = { curves: [curve("adam", [1], { band }), curve("sgd", [1], { band })], x0: 0, x1: 1 };
  const group = { by: ["params.solver"], band: "std" } as const;
  expect(said(groups, { ...NONE, group }, 0)).toBe("mean of 500 runs in 2 groups, band: one standard deviation");
  expect(said(groups, { ...NONE, group, groupSizes: new Map([["adam", 2_000], ["sgd", 1_000]]) }, 0)).toContain("among 500 of 3,000, the first of each group");
});

test("rows of a chart are the points that are seen, and each curve in short", () => {
  const curves = { curves: [curve("a", [5, Number.NaN, 1, 9, 4], { smoothed: new Float64Array(5) })], x0: 0, x1: 4 };
  const nameOf = () => "first";
  expect(pointRows(curves, "loss", "step", [1, 3], nameOf)).toEqual([
    ["run_id", "run_name", "step", "loss", "loss smoothed"],
    ["a", "first", 1, Number.NaN, 0], ["a", "first", 2, 1, 0], ["a", "first", 3, 9, 0],
  ]);
  expect(curveRows(curves, "step", [0, 4], nameOf)[1]).toEqual(["first", 5, 5, 4, 1, "step 2", 9, "step 3", 1]);
  expect(pointsOf(curves.curves[0] as Curve, "step", [3, 4])).toEqual([["At", "Value", "Smoothed"], ["step 3", 9, 0], ["step 4", 4, 0]]);
});

test("the slider of smoothing comes back to where it was", () => {
  for (const kind of ["ema", "mean", "gaussian"] as const) {
    expect([0, 1, 40, 100].map((place) => amountAt(kind, placeOf({ kind, amount: amountAt(kind, place) })))).toEqual([0, 1, 40, 100].map((place) => amountAt(kind, place)));
  }
  expect([amountAt("mean", 1), amountAt("mean", 100), amountAt("gaussian", 100), amountAt("ema", 100)]).toEqual([2, 10_000, 50, 0.99]);
});

test("times have ticks at round lengths", () => {
  expect(timeSteps(0, 10 * 60_000, 5)).toEqual([0, 120_000, 240_000, 360_000, 480_000, 600_000]);
  expect(ticksOf("relative", [0, 4_000], false, 4).map(({ text }) => text)).toEqual(["0", "1.0s", "2.0s", "3.0s", "4.0s"]);
  expect(ticksOf("step", [1, 1_000], true, 4).map(({ at }) => Math.round(at * 100))).toEqual([0, 33, 67, 100]);
});
