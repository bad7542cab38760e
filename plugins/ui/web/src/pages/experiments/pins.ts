/** Experiments that somebody wants at the top, kept in this browser. */
import { useCallback, useState } from "react";

const KEY = "runyard.pinned-experiments";

export function usePins(): readonly [ReadonlySet<string>, (id: string) => void] {
  const [pins, setPins] = useState<ReadonlySet<string>>(stored);
  const toggle = useCallback((id: string) => {
    setPins((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      localStorage.setItem(KEY, JSON.stringify([...next]));
      return next;
    });
  }, []);
  return [pins, toggle];
}

function stored(): ReadonlySet<string> {
  const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
  return new Set(Array.isArray(found) ? found.filter((one): one is string => typeof one === "string") : []);
}
