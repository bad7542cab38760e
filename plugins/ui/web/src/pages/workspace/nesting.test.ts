import { expect, test } from "vitest";
import type { ColumnsHeader } from "../../api/frames";
import { goldenContent, goldenFrame } from "../../store/golden";
import { RunTable } from "../../store/run-table";
import { childCounts } from "./nesting";

test("rows are counted by what they name as their parent", () => {
  const table = RunTable.of(goldenFrame<ColumnsHeader>("columns"));
  const named = goldenContent("columns")["attributes.status"] as readonly (string | null)[];
  const counts = childCounts(table, "attributes.status");
  for (const name of new Set(named)) expect(name === null ? undefined : counts.get(name)).toBe(name === null ? undefined : named.filter((one) => one === name).length);
  expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(named.filter((name) => name !== null).length);
  expect(childCounts(table).size).toBe(0); // no run of these was started inside another
});
