import { expect, test } from "vitest";
import { sameValues } from "./same-values";

test("runs with the same text are together, in the order in which they come", () => {
  expect(sameValues(["a", null, "b", "a", null])).toEqual([
    { text: "a", places: [0, 3] },
    { text: null, places: [1, 4] },
    { text: "b", places: [2] },
  ]);
});
