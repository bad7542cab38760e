/** The keys of the workspace. */
import type { RefObject } from "react";
import { type Key, useKeys } from "../../shell/keys";
import type { Change } from "../../url/use-workspace";
import { TABS, toggled } from "../../url/workspace-state";
import type { RowActions } from "./table-row";

interface WorkspaceKeys {
  readonly filter: RefObject<HTMLInputElement | null>;
  readonly current: number;
  readonly last: number; // the last place in the order
  readonly idOfCurrent: string | null;
  readonly move: (to: number) => void;
  readonly open: (id: string) => void;
  readonly pickColumns: () => void;
  readonly actions: RowActions;
  readonly change: Change;
}

export function useWorkspaceKeys({ filter, current, last, idOfCurrent: id, move, open, pickColumns, actions, change }: WorkspaceKeys): void {
  const onRun = (act: (run: string) => void) => () => void (id !== null && act(id));
  const keys: Key[] = [
    { keys: "/", what: "Filter", act: () => filter.current?.focus() },
    { keys: "j", what: "Next run", act: () => move(Math.min(current + 1, last)) },
    { keys: "k", what: "Run before", act: () => move(Math.max(current - 1, 0)) },
    { keys: "Enter", what: "Open the run", act: onRun(open) },
    { keys: "x", what: "Select the run", act: onRun(actions.select) },
    { keys: "space", what: "Draw the run, or not", act: onRun(actions.draw) },
    { keys: "b", what: "Compare all with the run", act: onRun((run) => change((now) => ({ baseline: now.baseline === run ? null : run }))) },
    { keys: "p", what: "Pin the run", act: onRun((run) => change((now) => ({ pinned: toggled(now.pinned, run) }))) },
    { keys: ".", what: "Choose columns", act: pickColumns },
    ...TABS.map((tab, at) => ({ keys: String(at + 1), what: `Show ${tab}`, act: () => change({ tab }) })),
  ];
  useKeys("Runs", keys);
}
