/** Runs as rows of a file: the id, the name, and the columns of a plot. */
import type { Cell } from "../../../plots/files";
import type { RunTable } from "../../../store/run-table";
import { formatColumn } from "../../../url/codec";

export function rowsOf(table: RunTable, rows: Iterable<number>, columns: readonly string[]): Cell[][] {
  const cell = (column: string, row: number): Cell =>
    table.column(column)?.kind === "number" ? table.number(column, row) : table.text(column, row);
  const content = Array.from(rows, (row) => [table.id(row), table.text("attributes.run_name", row), ...columns.map((column) => cell(column, row))]);
  return [["run_id", "run_name", ...columns.map(formatColumn)], ...content];
}
