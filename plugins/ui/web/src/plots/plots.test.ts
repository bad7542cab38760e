import { expect, test } from "vitest";
import type { Column } from "../store/column";
import { brushed, brushOf, placesOfBrush, withBrush } from "./brushing";
import { addLines, emptySums, shaded } from "./density";
import { boxOf, trace } from "./parallel-draw";
import { paretoFront } from "./pareto";
import { SvgPen } from "./pen";
import { ramp } from "./ramp";
import { guessKind, linearSteps, logSteps, numbersOf, scaleOf, tickTexts } from "./scale";
import { spreadOf } from "./spread";

const texts = (...values: (string | null)[]): Column => {
  const categories = [...new Set(values.filter((value) => value !== null))];
  return { kind: "category", categories, codes: Int32Array.from(values.map((value) => (value === null ? -1 : categories.indexOf(value)))) };
};
const numbers = (...values: number[]): Column => ({ kind: "number", values: Float64Array.from(values), valid: null });
const guess = (column: Column, rows: number) => guessKind(numbersOf(column, rows));
const rowsTo = (end: number) => Uint32Array.from({ length: end }, (_, row) => row);

test("the values say which scale an axis has", () => {
  expect(guess(texts("adam", "sgd", "1"), 3)).toBe("category");
  expect(guess(texts("1e-4", "0.003", "0.3"), 3)).toBe("log");
  expect(guess(texts("32", "64", "128", "64"), 4)).toBe("log");
  expect(guess(texts("0", "0.1", "0.3"), 3)).toBe("linear");
  expect(guess(numbers(0.8, 0.9, 0.97), 3)).toBe("linear");
  expect(guess(numbers(), 0)).toBe("linear");
});

test("rows stand between the least and the greatest value, those without one nowhere", () => {
  const scale = scaleOf(texts("0.01", null, "1", "100"), 4);
  expect([scale.kind, ...scale.places]).toEqual(["log", 0, Number.NaN, 0.5, 1]);
  expect([...scaleOf(numbers(1, Number.NaN, 3, Number.POSITIVE_INFINITY, 2), 5).places]).toEqual([0, Number.NaN, 1, Number.NaN, 0.5]);
  expect([...scaleOf(numbers(7, 7), 2).places]).toEqual([0.5, 0.5]);
  expect([...scaleOf(numbers(-1, 0, 1, 10), 4, "log").places]).toEqual([Number.NaN, Number.NaN, 0, 1]);
  expect(scaleOf(numbers(-1, 0), 2, "log").kind).toBe("linear");
});

test("categories stand in the order of people, and numbers may be categories", () => {
  const scale = scaleOf(texts("b10", "b9", "a"), 3);
  expect(scale.texts).toEqual(["a", "b9", "b10"]);
  expect([...scale.places].map((place) => Math.round(place * 6))).toEqual([5, 3, 1]);
  expect(scaleOf(texts("128", "32"), 2, "category").texts).toEqual(["32", "128"]);
});

test("the numbers at an axis are round", () => {
  expect(linearSteps(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(linearSteps(0.31, 0.33)).toEqual([0.31, 0.315, 0.32, 0.325, 0.33]);
  expect(logSteps(1e-4, 0.3)).toEqual([1e-4, 1e-3, 1e-2, 1e-1]);
  expect(scaleOf(texts("32", "64", "256"), 3).ticks.map((tick) => tick.text)).toEqual(["32", "64", "256"]);
  expect(logSteps(32, 256)).toEqual([40, 50, 60, 80, 100, 200]);
});

const LR = texts("0.001", "0.01", "0.1", null);
const SOLVER = texts("adam", "sgd", "adam", "adam");
const columnOf = (key: string) => ({ lr: LR, solver: SOLVER })[key];

test("brushes let through what all of them let through", () => {
  const through = (...brushes: Parameters<typeof brushed>[1]) => [...brushed(rowsTo(4), brushes, columnOf)];
  expect(through()).toEqual([0, 1, 2, 3]);
  expect(through({ column: "lr", range: [0.005, 1] })).toEqual([1, 2]);
  expect(through({ column: "lr", range: [0, 1] }, { column: "solver", texts: ["adam"] })).toEqual([0, 2]);
  expect(through({ column: "unknown", range: [0, 1] })).toEqual([0, 1, 2, 3]);
});

test("a brush that is drawn lets through what it covers, the ends of the axis included", () => {
  const scale = scaleOf(numbers(0.123456, 0.5, 0.987654), 3);
  const all = brushOf("lr", scale, -0.1, 1.1);
  expect(all).toEqual({ column: "lr", range: [0.1234, 0.9877] });
  expect(brushOf("solver", scaleOf(SOLVER, 4), 0, 0.5)).toEqual({ column: "solver", texts: ["adam"] });
  expect(brushOf("solver", scaleOf(SOLVER, 4), 0.4, 0.6)).toBeNull();
  const upper = brushOf("lr", scaleOf(LR, 4), 1, 0.5);
  expect(upper).toEqual({ column: "lr", range: [0.01, 0.1] });
  expect(placesOfBrush(upper as NonNullable<typeof upper>, scaleOf(LR, 4))).toEqual([0.5, 1]);
  expect(withBrush([{ column: "lr", range: [0, 1] }], "lr", null)).toEqual([]);
});

test("the front holds whom nobody beats", () => {
  const [x, y] = [Float32Array.from([0, 1, 2, 2, 3, Number.NaN]), Float32Array.from([1, 3, 2, 4, 4, 9])];
  expect(paretoFront(rowsTo(6), x, y, "min", "max")).toEqual([0, 1, 3]);
  expect(paretoFront(rowsTo(6), x, y, "max", "max")).toEqual([4]);
  expect(paretoFront(rowsTo(6), x, y, "max", "min")).toEqual([0, 2, 4]);
  expect(paretoFront(rowsTo(2), Float32Array.of(1, 1), Float32Array.of(1, 1), null, null)).toEqual([0, 1]);
});

test("every line counts in the density, and more lines are more opaque", () => {
  const sums = emptySums(4, 11);
  addLines(rowsTo(3), Float32Array.of(0, 0, 1), { from: Float32Array.of(0, 0, 1), to: Float32Array.of(0, 0, 1), left: 0, right: 4 }, sums);
  expect([sums.counts[10 * 4], sums.counts[0], sums.tones[0]]).toEqual([2, 1, 1]);
  const pixels = shaded(sums, [[1, 2, 3], [4, 5, 6]]);
  expect([...pixels.subarray(0, 3)]).toEqual([4, 5, 6]);
  expect(pixels[3]).toBeLessThan(pixels[10 * 4 * 4 + 3] as number);
});

test.each([true, false])("lightness alone tells the order of colours (dark: %s)", (dark) => {
  const lightness = ramp(dark).map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const steps = lightness.slice(1).map((value, at) => (value - (lightness[at] as number)) * (dark ? 1 : -1));
  expect(steps.every((step) => step > 0)).toBe(true);
});

test("a hundred thousand runs on eight axes take less than 300 ms", () => {
  const rows = rowsTo(100_000);
  const places = Float32Array.from(rows, (row) => ((row * 7919) % 100_003) / 100_003);
  const sums = emptySums(1_200, 400);
  const start = process.cpuUsage();
  for (let gap = 0; gap < 7; gap++) addLines(rows, places, { from: places, to: places.toReversed(), left: gap * 170, right: (gap + 1) * 170 }, sums);
  shaded(sums, ramp(false));
  expect(process.cpuUsage(start).user / 1_000).toBeLessThan(300);
});

test("a drawing is the same as SVG, with texts escaped", () => {
  const pen = new SvgPen(100, 50);
  pen.save();
  pen.rect(0, 0, 10, 10);
  pen.clip();
  pen.beginPath();
  pen.moveTo(0, 0.123456);
  pen.lineTo(1, 1);
  pen.stroke();
  pen.restore();
  pen.fillText("a < b & c", 1, 2);
  const svg = new DOMParser().parseFromString(pen.text(), "image/svg+xml");
  expect(svg.querySelector("g path")?.getAttribute("d")).toBe("M0 0.12L1 1");
  expect(svg.querySelector("text")?.textContent).toBe("a < b & c");
});

test("the spread of runs counts finite values only", () => {
  const spread = spreadOf(numbers(4, 1, Number.NaN, 2, 3, 99), rowsTo(5));
  expect(spread).toMatchObject({ count: 4, mean: 2.5, min: 1, low: 1.75, median: 2.5, high: 3.25, max: 4 });
  expect(spread?.std).toBeCloseTo(1.29, 2);
  expect(spreadOf(numbers(Number.NaN), rowsTo(1))).toBeNull();
});

test("a line has a gap where a value is missing, and what stands alone is seen", () => {
  const pen = new SvgPen(200, 100);
  const places = [0, 1, null, 0.5, null].map((value) => scaleOf(numbers(value ?? Number.NaN, 0, 1), 3));
  pen.beginPath();
  trace(pen, places, 0, boxOf(5, 528, 158));
  pen.stroke();
  expect(/ d="([^"]*)"/.exec(pen.text())?.[1]).toBe("M64 144L164 44M360 94L368 94");
});

test("ticks of a short piece of an axis have as many digits as tell them apart", () => {
  expect(tickTexts([0, 20_000, 40_000])).toEqual(["0", "20K", "40K"]);
  expect(tickTexts([40_470, 40_472, 40_474])).toEqual(["40,470", "40,472", "40,474"]);
  expect(tickTexts([0.97701, 0.97702, 0.97703])).toEqual(["0.97701", "0.97702", "0.97703"]);
  expect(tickTexts([1e6 + 0.25, 1e6 + 0.5])).toEqual(["1,000,000.25", "1,000,000.5"]);
  expect(tickTexts([5, 5])).toEqual(["5", "5"]);
});
