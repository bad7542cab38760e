/** The state of the workspace, read from the address and written to it. */
import { useCallback, useMemo, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import { formatWorkspace, parseWorkspace, type WorkspaceState } from "./workspace-state";

/** What is to change; `replace` where going back should not stop here, as while a slider moves. */
export type Change = (
  change: Partial<WorkspaceState> | ((now: WorkspaceState) => Partial<WorkspaceState>),
  how?: { replace?: boolean },
) => void;

export function useWorkspace(): readonly [WorkspaceState, Change] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const state = useMemo(() => parseWorkspace(search), [search]);
  const latest = useRef(state);
  latest.current = state;
  const change = useCallback<Change>(
    (wanted, how) => {
      const now = latest.current;
      const next = { ...now, ...(typeof wanted === "function" ? wanted(now) : wanted) };
      latest.current = next; // two changes before the next rendering add up
      const query = formatWorkspace(next);
      navigate(query ? `${path}?${query}` : path, { replace: how?.replace ?? false });
    },
    [navigate, path],
  );
  return [state, change];
}
