import { expect, test } from "vitest";
import { commitName, cut, delta, duration, number, runName, size } from "./format";
import { guessedDirection, isBetter } from "./store/metric-direction";

test.each([
  [0, "0"], [0.9312345, "0.9312"], [1, "1"], [-0.5, "−0.5"], [123456, "123,456"], [1234.56, "1,235"], [0.00001234, "1.23e-5"],
  [Number.NaN, "NaN"], [Number.NEGATIVE_INFINITY, "−∞"], [3e9, "3e9"], [0.10001, "0.1"], [12345.6, "12,346"],
])("the number %d reads %s", (value, text) => {
  expect(number(value)).toBe(text);
});

test("a difference has a sign and a share", () => {
  expect(delta(0.99, 0.9)).toBe("+0.09 +10%");
  expect(delta(1, 2)).toBe("−1 −50%");
  expect(delta(1, 0)).toBe("+1");
  expect(delta(2, 2)).toBe("±0");
  expect(delta(0.3859, 0.1016)).toBe("+0.28 +280%");
});

test.each([[12, "12ms"], [3_210, "3.2s"], [65_000, "1m 5s"], [7_500_000, "2h 5m"], [200_000_000, "2d 7h"]])("%d ms are %s", (value, text) => {
  expect(duration(value)).toBe(text);
});

test("a run without a name is called by its id, and what is long is cut", () => {
  expect([runName("mlp", "0123456789"), runName("", "0123456789"), runName(undefined, "0123456789")]).toEqual(["mlp", "01234567", "01234567"]);
  expect([cut("abcdef", 6), cut("abcdef", 5), commitName("a".repeat(40)), commitName("main")]).toEqual(["abcdef", "abcd…", "a".repeat(10), "main"]);
});

test("sizes have units", () => {
  expect([size(12), size(1536), size(5 * 1024 ** 3)]).toEqual(["12 B", "1.5 KiB", "5 GiB"]);
});

test.each([["val_acc", "max"], ["train/loss", "min"], ["valLoss", "min"], ["AUC", "max"], ["epoch_seconds", "min"], ["lossless", null], ["x", null]])("%s is best at its %s", (metric, direction) => {
  expect(guessedDirection(metric)).toBe(direction);
});

test("better depends on the direction", () => {
  expect([isBetter("max", 2, 1), isBetter("min", 2, 1), isBetter(null, 2, 1), isBetter("max", 1, 1)]).toEqual([true, false, null, null]);
});
