import { expect, test } from "vitest";
import { bestOf, guessedDirection } from "./metric-direction";

test("the best is the greatest or the least by the metric's name, and nothing where that does not say", () => {
  expect(bestOf(guessedDirection("val_acc"), [0.5, null, 0.9, Number.NaN])).toBe(0.9);
  expect(bestOf(guessedDirection("epoch_seconds"), [9, 8, null])).toBe(8);
  expect(bestOf(guessedDirection("width"), [1, 2])).toBeNull();
  expect(bestOf("max", [null, Number.NaN])).toBeNull();
});
