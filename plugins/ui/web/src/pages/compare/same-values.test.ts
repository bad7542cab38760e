import { expect, test } from "vitest";
import { lineKind, sameValues } from "./same-values";

test("runs with the same text are together, in the order in which they come", () => {
  expect(sameValues(["a", null, "b", "a", null])).toEqual([
    { text: "a", places: [0, 3] },
    { text: null, places: [1, 4] },
    { text: "b", places: [2] },
  ]);
});

test.each([
  ["diff --git a/x.py b/x.py", "head"],
  ["+++ b/x.py", "head"],
  ["@@ -1,2 +1,3 @@ def f():", "hunk"],
  ["+new", "added"],
  ["-old", "removed"],
  [" same", "same"],
  ["", "same"],
])("%s is %s", (line, kind) => {
  expect(lineKind(line)).toBe(kind);
});
