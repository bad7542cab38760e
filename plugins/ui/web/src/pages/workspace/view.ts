/** What is worked out of the table and the address: the order, the runs that are drawn, the best values. */
import { useMemo } from "react";
import { extreme, identity, sorted, withFirst } from "../../store/order";
import { brushed } from "../../plots/brushing";
import type { RunTable } from "../../store/run-table";
import type { WorkspaceState } from "../../url/workspace-state";
import type { DirectionOf } from "../../store/objective";
import { metricOf } from "./column-choice";
import { type Group, grouped, linesOf } from "./groups";

export const MOST_DRAWN = 200; // curves in one chart

export interface View {
  readonly all: Uint32Array; // rows in the order of the table, the baseline and pinned runs first
  readonly order: Uint32Array; // those of them that brushes let through
  readonly groups: readonly Group[] | null; // null where runs stand for themselves
  readonly lines: Int32Array; // of the table: rows, and complements of groups
  readonly drawn: readonly string[]; // ids, in the order of the table
  readonly isDrawn: (id: string) => boolean;
  readonly best: ReadonlyMap<string, number>; // row of the best value, by column
}

/** The order is made anew when the table or the sort changes, not when a value does: nothing moves under the pointer. */
export function useView(table: RunTable | undefined, state: WorkspaceState, columns: readonly string[], directions: DirectionOf): View {
  const { sort, baseline, pinned, top, shown, hidden, brushes } = state;
  const order = useMemo(() => {
    if (!table) return new Uint32Array();
    const column = sort && table.complete ? table.column(sort.column) : undefined;
    return column && sort ? sorted(column, table.rows, sort.descending) : identity(table.rows);
  }, [table, sort?.column, sort?.descending]);
  const all = useMemo(() => {
    const rows = [baseline, ...pinned].map((id) => (id === null ? undefined : table?.row(id)));
    return withFirst(order, [...new Set(rows.filter((row): row is number => row !== undefined))]);
  }, [order, table, baseline, pinned]);
  const through = useMemo(() => (table ? brushed(all, brushes, (key) => table.column(key)) : all), [table, all, brushes]);
  const groups = useMemo(
    () => (table && state.group.length ? grouped(through, state.group.map((key) => table.column(key))) : null),
    [table, through, state.group],
  );
  const lines = useMemo(() => linesOf(through, groups, state.open), [through, groups, state.open]);
  const drawn = useMemo(() => {
    if (!table) return [];
    const ids: string[] = [];
    const extra = new Set(shown);
    const without = new Set(hidden);
    const first = top === "all" ? MOST_DRAWN : top;
    for (let at = 0; at < Math.min(first, through.length); at++) ids.push(table.id(through[at] as number));
    const known = new Set(ids);
    return [...ids, ...[...extra].filter((id) => !known.has(id) && table.row(id) !== undefined)]
      .filter((id) => !without.has(id))
      .slice(0, MOST_DRAWN);
  }, [through, table, top, shown, hidden]);
  const isDrawn = useMemo(() => {
    const ids = new Set(drawn);
    return (id: string) => ids.has(id);
  }, [drawn]);
  const best = useMemo(() => bestRows(table, columns, directions), [table, columns, directions, table?.version]);
  return { all, order: through, groups, lines, drawn, isDrawn, best };
}

function bestRows(table: RunTable | undefined, columns: readonly string[], directions: DirectionOf): Map<string, number> {
  const best = new Map<string, number>();
  for (const key of columns) {
    const metric = metricOf(key);
    const direction = metric && !key.endsWith("@best_step") ? directions(metric) : null;
    const column = table?.column(key);
    if (!table || !column || !direction) continue;
    const row = extreme(column, table.rows, direction === "max" ? 1 : -1);
    if (row >= 0 && table.rows > 1) best.set(key, row);
  }
  return best;
}
