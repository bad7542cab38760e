import { expect, test } from "vitest";
import { lineKind } from "./patch";

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
