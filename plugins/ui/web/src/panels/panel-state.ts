/** What a panel keeps in the address: `x.NAME=`. */
import { useCallback } from "react";
import { useLocation, useSearch } from "wouter";
import { formatQuery, withQuery } from "../url/codec";

export const PREFIX = "x.";

export function usePanelState(name: string): readonly [string, (state: string) => void] {
  const state = new URLSearchParams(useSearch()).get(PREFIX + name) ?? "";
  const [path, navigate] = useLocation();
  const set = useCallback(
    (next: string) => {
      const query = formatQuery({ ...Object.fromEntries(new URLSearchParams(location.search)), [PREFIX + name]: next });
      navigate(withQuery(path, query), { replace: true });
    },
    [name, path, navigate],
  );
  return [state, set];
}
