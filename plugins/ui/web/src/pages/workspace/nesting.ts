/** Runs that were started inside others, such as those of a sweep: their parents say how many they are. */
import type { RunTable } from "../../store/run-table";

export const PARENT = "tags.mlflow.parentRunId";

/** How many rows of a table each run is the parent of. */
export function childCounts(table: RunTable, key = PARENT): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (!table.column(key)) return found;
  for (let row = 0; row < table.rows; row++) {
    const parent = table.text(key, row);
    if (parent) found.set(parent, (found.get(parent) ?? 0) + 1);
  }
  return found;
}
