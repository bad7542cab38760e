import { expect, test } from "vitest";
import type { Column } from "../../store/column";
import { grouped, linesOf, shares, summary } from "./groups";

const SOLVER: Column = { kind: "category", categories: ["adam", "sgd"], codes: Int32Array.of(0, 1, 1, -1, 1) };
const ACC: Column = { kind: "number", values: Float64Array.of(1, 2, Number.NaN, 9, 6), valid: null };
const groups = grouped(Uint32Array.of(4, 3, 2, 1, 0), [SOLVER]);

test("runs that have the same are in one group, in the order of the table", () => {
  expect(groups.map(({ name, rows }) => [name, ...rows])).toEqual([["sgd", 4, 2, 1], ["adam", 0], ["none", 3]]);
  expect(grouped(Uint32Array.of(0, 1), [SOLVER, ACC]).map(({ name }) => name)).toEqual(["adam · 1", "sgd · 2"]);
});

test("the rows of a group are there once it is open", () => {
  expect([...linesOf(Uint32Array.of(2, 0), null, [])]).toEqual([2, 0]);
  expect([...linesOf(new Uint32Array(), groups, ["adam", "gone"])]).toEqual([-1, -2, 0, -3]);
});

test("a group says the mean and the ends of its numbers, and what its texts share", () => {
  expect(summary(ACC, Uint32Array.of(4, 2, 1), true)).toEqual({ mean: 4, min: 2, max: 6 });
  expect(summary(ACC, Uint32Array.of(2), true)).toBeNull();
  expect(summary(SOLVER, Uint32Array.of(1, 2), false)).toEqual({ text: "sgd" });
  expect(summary(SOLVER, Uint32Array.of(0, 1, 3), false)).toEqual({ text: "2 values" });
});

test("where all are too many, each group gets its share, and what small ones leave goes to the others", () => {
  const group = (name: string, from: number, size: number) => ({ name, rows: Uint32Array.from({ length: size }, (_, at) => from + at) });
  const groups = [group("large", 0, 50), group("middle", 100, 20), group("small", 200, 2)];
  expect(shares(groups, 100)).toHaveLength(72);
  const found = shares(groups, 12);
  expect([found.length, found.filter((row) => row < 100), found.filter((row) => row >= 200)]).toEqual([12, [0, 1, 2, 3, 4], [200, 201]]);
  expect(shares(groups, 2)).toHaveLength(2);
});
