/** The keys of the workspace. */
import type { RefObject } from "react";
import { type Key, useKeys } from "../../shell/keys";
import type { Change } from "../../url/use-workspace";
import { TABS, toggled } from "../../url/workspace-state";
import type { Cursor } from "./cursor";
import type { RowActions } from "./table-row";

interface WorkspaceKeys {
  readonly filter: RefObject<HTMLInputElement | null>;
  readonly cursor: Cursor;
  readonly last: number; // the last place in the order
  readonly open: (id: string) => void;
  readonly pickColumns: () => void;
  readonly showViews: () => void;
  readonly compare: () => void;
  readonly actions: RowActions;
  readonly change: Change;
}

/** What heads of columns and their edges answer to by themselves. */
const HEAD_KEYS: readonly Key[] = [
  { keys: "Enter", what: "Sort by the column" },
  { keys: "shift+ArrowLeft ArrowRight", what: "Move the column" },
];
const EDGE_KEYS: readonly Key[] = [
  { keys: "ArrowLeft ArrowRight", what: "Narrower, wider; with Shift by more" },
  { keys: "Home End", what: "As narrow, as wide as can be" },
  { keys: "Enter", what: "As wide as what is there" },
];

export function useWorkspaceKeys({ filter, cursor, last, open, pickColumns, showViews, compare, actions, change }: WorkspaceKeys): void {
  const { at: current, run: id, move } = cursor;
  const onRun = (act: (run: string) => void) => () => void (id !== null && act(id));
  const keys: Key[] = [
    { keys: "/", what: "Filter", act: () => filter.current?.focus() },
    { keys: "j", what: "Next run", act: () => move(Math.min(current + 1, last)) },
    { keys: "k", what: "Run before", act: () => move(Math.max(current - 1, 0)) },
    { keys: "Enter", what: "Open the run", act: onRun(open) },
    { keys: "x", what: "Select the run", act: onRun(actions.select) },
    { keys: "space", what: "Draw the run, or not", act: onRun(actions.draw) },
    { keys: "b", what: "Compare all with the run", act: onRun((run) => change((now) => ({ baseline: now.baseline === run ? null : run }))) },
    { keys: "c", what: "Compare the selected runs", act: compare },
    { keys: "p", what: "Pin the run", act: onRun((run) => change((now) => ({ pinned: toggled(now.pinned, run) }))) },
    { keys: ".", what: "Choose columns", act: pickColumns },
    { keys: "v", what: "Saved views", act: showViews },
    ...TABS.map((tab, at) => ({ keys: String(at + 1), what: `Show ${tab}`, act: () => change({ tab }) })),
  ];
  useKeys("Runs", keys);
  useKeys("Heads of columns", HEAD_KEYS);
  useKeys("Edges of columns", EDGE_KEYS);
}
