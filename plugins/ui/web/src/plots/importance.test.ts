import { expect, test } from "vitest";
import { linkOfCategories, linkOfNumbers } from "./importance";

const numbers = (values: readonly number[]): Float64Array => Float64Array.from(values);
const target = numbers([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

test("numbers that only ever rise or fall together are linked wholly, whatever their scale", () => {
  expect(linkOfNumbers(target.map((value) => 10 ** value), target)).toEqual({ strength: 1, sign: 1, runs: 10 });
  expect(linkOfNumbers(target.map((value) => 1 / value), target)).toMatchObject({ strength: 1, sign: -1 });
});

test("a link of numbers is Spearman's, with the mean rank for equal values", () => {
  // scipy.stats.spearmanr([3, 1, 4, 1, 5, 9, 2, 6, 5, 3], range(1, 11)) is 0.39145
  expect(linkOfNumbers(numbers([3, 1, 4, 1, 5, 9, 2, 6, 5, 3]), target)?.strength).toBeCloseTo(0.39145, 5);
});

test("runs that lack a value say nothing, and too few runs say nothing at all", () => {
  const gaps = numbers([1, Number.NaN, 3, 4, Number.NaN, 6, 7, 8, 9, 10]);
  expect(linkOfNumbers(gaps, target)).toMatchObject({ runs: 8, strength: 1 });
  expect(linkOfNumbers(numbers([1, 2, 3]), numbers([1, 2, 3]))).toBeNull();
  expect(linkOfNumbers(numbers([5, 5, 5, 5, 5, 5, 5, 5, 5, 5]), target)).toBeNull();
});

test("categories that part good runs from bad ones are linked strongly, and mixed ones not at all", () => {
  const parted = linkOfCategories(Int32Array.from([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), target);
  expect(parted?.strength).toBeGreaterThan(0.8);
  expect(parted?.sign).toBe(0);
  expect(linkOfCategories(Int32Array.from([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]), target)?.strength).toBe(0);
});

test("a category for each run explains nothing", () => {
  expect(linkOfCategories(Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), target)).toBeNull();
});
