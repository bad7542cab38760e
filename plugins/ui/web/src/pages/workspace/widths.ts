/** How wide columns are: as they were dragged, kept in this browser, else by what is in them. */
import { useCallback, useState } from "react";

const KEY = "runyard.widths";
const [NUMBER, COMPARED, TEXT, TIME, LEAST] = [96, 176, 116, 104, 48];
export const RUN_WIDTH = 216;

export function defaultWidth(column: string, compared: boolean): number {
  if (column === "attributes.run_id") return 250;
  if (column.startsWith("attributes.")) return TIME;
  if (column.startsWith("metrics.")) return compared ? COMPARED : NUMBER;
  return column.startsWith("params.") ? NUMBER : TEXT;
}

export function useWidths(): readonly [Readonly<Record<string, number>>, (column: string, width: number) => void] {
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>(stored);
  const change = useCallback((column: string, width: number) => {
    setWidths((now) => {
      const next = { ...now, [column]: Math.max(LEAST, Math.round(width)) };
      localStorage.setItem(KEY, JSON.stringify(next));
      return next;
    });
  }, []);
  return [widths, change];
}

function stored(): Readonly<Record<string, number>> {
  const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  return typeof found === "object" && found !== null ? (found as Record<string, number>) : {};
}
