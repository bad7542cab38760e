import { expect, test } from "vitest";
import { LEAST, MOST, steppedWidth } from "./widths";

test("arrows change the width of a column, with Shift by more, and Home and End go all the way", () => {
  expect(steppedWidth(100, "ArrowRight", false)).toBe(108);
  expect(steppedWidth(100, "ArrowLeft", true)).toBe(60);
  expect([steppedWidth(100, "Home", false), steppedWidth(100, "End", true)]).toEqual([LEAST, MOST]);
  expect(steppedWidth(100, "j", false)).toBeNull();
});
