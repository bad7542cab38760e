/** Where j and k are: on a run or a group, whatever comes above it. */
import { useCallback, useMemo, useState } from "react";
import type { RunTable } from "../../store/run-table";
import type { View } from "./view";

export interface Cursor {
  readonly at: number; // the line; -1 for none
  readonly run: string | null; // null on a group, too
  readonly moves: number; // counts up when it is moved, not when something moves it
  readonly move: (to: number) => void;
}

export function useCursor(table: RunTable | undefined, view: View): Cursor {
  const [{ name, moves }, set] = useState<{ readonly name: string | null; readonly moves: number }>({ name: null, moves: 0 });
  const at = useMemo(() => (name === null || !table ? -1 : lineOf(name, table, view)), [name, table, view.lines, view.groups]);
  const line = at < 0 ? -1 : (view.lines[at] as number);
  const move = useCallback(
    (to: number) => {
      const next = view.lines[to];
      if (next === undefined || !table) return;
      const found = next < 0 ? ` ${view.groups?.[~next]?.name}` : table.id(next); // a group's name after a blank
      set((now) => ({ name: found, moves: now.moves + 1 }));
    },
    [table, view.lines, view.groups],
  );
  return { at, run: table && line >= 0 ? table.id(line) : null, moves, move };
}

function lineOf(name: string, table: RunTable, { lines, groups }: View): number {
  if (!name.startsWith(" ")) return lines.indexOf(table.row(name) ?? table.rows);
  const group = groups?.findIndex((one) => one.name === name.slice(1)) ?? -1;
  return group < 0 ? -1 : lines.indexOf(~group);
}
