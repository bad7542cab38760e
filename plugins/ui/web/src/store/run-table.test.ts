import { expect, test } from "vitest";
import type { ColumnsHeader } from "../api/frames";
import { goldenContent, goldenFrame } from "./golden";
import { type Column, named, textAt } from "./column";
import { extreme, sorted, withFirst } from "./order";
import { RunTable } from "./run-table";

const golden = () => RunTable.of(goldenFrame<ColumnsHeader>("columns"));
const ids = goldenContent("columns").run_id as readonly string[];

const event = (run_id: string, more: object = {}) => ({
  run_id, experiment_id: "1", run_name: "renamed", status: "FAILED" as const, start_time: 0, end_time: null,
  lifecycle_stage: "active" as const, metrics: {}, total_metrics: 0, ...more,
});

test("a run is found by its id, and a table knows whether it has all", () => {
  const table = golden();
  expect(table.row(ids[7] as string)).toBe(7);
  expect(table.row("nobody")).toBeUndefined();
  expect([table.rows, table.total, table.complete]).toEqual([20, 50, false]);
});

test("an event changes the cells of its run in place", () => {
  const table = golden();
  expect(table.number("metrics.loss@last", 0)).toBeNull();
  const metrics = { loss: { value: 0.25, timestamp: 1, step: 3 }, half: { value: "NaN" as const, timestamp: 1, step: 3 }, unknown: { value: 1, timestamp: 1, step: 1 } };
  expect(table.update(event(ids[0] as string, { metrics }))).toBe(true);
  expect(table.number("metrics.loss@last", 0)).toBe(0.25);
  expect(table.number("metrics.half@last", 0)).toBeNaN();
  expect(table.text("attributes.status", 0)).toBe("FAILED");
  expect(table.text("attributes.status", 1)).toBe("RUNNING");
  expect(table.version).toBe(1);
  expect(table.update(event("f".repeat(32)))).toBe(false);
});

const numbers = (...values: (number | null)[]): Column => {
  const valid = new Uint8Array(1);
  values.forEach((value, row) => (valid[0] = (valid[0] as number) | (value === null ? 0 : 1 << row)));
  return { kind: "number", values: Float64Array.from(values.map((value) => value ?? 0)), valid };
};

test("rows without a value and NaN come last whichever way, equal ones stay in their order", () => {
  const column = numbers(2, null, 1, Number.NaN, 2, Number.POSITIVE_INFINITY);
  expect([...sorted(column, 6, false)]).toEqual([2, 0, 4, 5, 1, 3]);
  expect([...sorted(column, 6, true)]).toEqual([5, 0, 4, 2, 1, 3]);
});

test("texts that are all numbers sort as numbers, others as people order them", () => {
  const of = (...categories: string[]): Column => ({ kind: "category", categories, codes: Int32Array.from(categories.map((_, at) => at)) });
  expect([...sorted(of("10", "9", "1e-3"), 3, false)]).toEqual([2, 1, 0]);
  expect([...sorted(of("run-10", "Run-9", "adam"), 3, false)]).toEqual([2, 1, 0]);
});

test("the best row is the one with the extreme number, the first of equal ones", () => {
  const column = numbers(2, null, 1, Number.NaN, 2, 1);
  expect([extreme(column, 6, 1), extreme(column, 6, -1)]).toEqual([0, 2]);
  expect(extreme(numbers(null, Number.NaN), 2, 1)).toBe(-1);
});

test("pinned rows come first and the others stay in their order", () => {
  expect([...withFirst(Uint32Array.from([3, 1, 0, 2]), [0, 2])]).toEqual([0, 2, 3, 1]);
});

test("a hundred thousand rows are sorted in a moment", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, row) => (row * 7919) % 100_003);
  const order = sorted({ kind: "number", values, valid: null }, values.length, true);
  expect(values[order[0] as number]).toBe(Math.max(...values.subarray(0, 100_000)));
  expect(new Set(order).size).toBe(100_000);
});

test("experiments stand in their column by name, those without one by id", () => {
  const nameOf = (id: string) => ({ "1": "vision/a", "2": "nlp" })[id] ?? id;
  const category = named({ kind: "category", categories: ["1", "9", "2"], codes: Int32Array.from([2, -1, 0, 1]) }, nameOf);
  expect([0, 1, 2, 3].map((row) => textAt(category, row))).toEqual(["nlp", null, "vision/a", "9"]);
  expect([...sorted(category, 4, false)]).toEqual([3, 0, 2, 1]);
  expect(textAt(named({ kind: "text", text: (row) => String(row + 1), valid: null }, nameOf), 1)).toBe("nlp");
  expect(named(numbers(1), nameOf)).toEqual(numbers(1));
});
