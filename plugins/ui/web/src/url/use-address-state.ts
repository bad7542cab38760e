/** What a page keeps in the query of its address: read from it and written to it. */
import { useCallback, useMemo, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import { withQuery } from "./codec";

/** What is to change; `replace` where going back should not stop here, as while a slider moves. */
export type ChangeOf<State> = (change: Partial<State> | ((now: State) => Partial<State>), how?: { replace?: boolean }) => void;

/** Both functions are the same at every call: those of a module. */
export function useAddressState<State extends object>(
  parse: (search: string) => State,
  format: (state: State) => string,
): readonly [State, ChangeOf<State>] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const state = useMemo(() => parse(search), [parse, search]);
  const latest = useRef(state);
  latest.current = state;
  const change = useCallback<ChangeOf<State>>(
    (wanted, how) => {
      const now = latest.current;
      const next = { ...now, ...(typeof wanted === "function" ? wanted(now) : wanted) };
      latest.current = next; // two changes before the next rendering add up
      navigate(withQuery(path, format(next)), { replace: how?.replace ?? false });
    },
    [format, navigate, path],
  );
  return [state, change];
}
