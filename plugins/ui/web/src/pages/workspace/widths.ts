/** How wide columns are: as they were dragged, kept in this browser, else by what is in them. */
import { useCallback, useState } from "react";
import { EXPERIMENT } from "../../store/run-table";
import { columnTitle } from "./column-choice";

const KEY = "runyard.widths";
const [NUMBER, PARAM, COMPARED, TEXT, TIME] = [82, 84, 176, 116, 104];
export const [LEAST, MOST] = [48, 800];
const [LETTER, AROUND, ARROW, WIDEST] = [7, 32, 16, 160]; // of a head: a letter, what is beside it, the arrow of a sort
const PATH = 200; // folders and a name
const MARK = 14; // around a param that differs from the baseline's
export const RUN_WIDTH = 204;

/** `compared` says that a difference stands beside a metric, `grouped` that the ends of a group stand beside a number. */
export function defaultWidth(column: string, compared: boolean, grouped: boolean): number {
  if (column === "attributes.run_id") return 250;
  if (column === EXPERIMENT) return PATH;
  if (column.startsWith("attributes.")) return TIME;
  const { name, note } = columnTitle(column);
  const head = Math.min(Math.round((name.length + (note ? note.length + 1 : 0)) * LETTER) + AROUND, WIDEST);
  if (column.startsWith("metrics.")) return Math.max(head + ARROW, compared || grouped ? COMPARED : NUMBER);
  if (grouped) return Math.max(head, COMPARED);
  return Math.max(head, column.startsWith("params.") ? PARAM + (compared ? MARK : 0) : TEXT);
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -8, ArrowRight: 8 };
const ENDS: Readonly<Record<string, number>> = { Home: LEAST, End: MOST };
const FAR = 5; // steps at once, with Shift

/** The width that a key of the edge of a column asks for; null for other keys. */
export function steppedWidth(width: number, key: string, far: boolean): number | null {
  const step = STEPS[key];
  return step === undefined ? (ENDS[key] ?? null) : width + step * (far ? FAR : 1);
}

export function useWidths(): readonly [Readonly<Record<string, number>>, (column: string, width: number) => void] {
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>(stored);
  const change = useCallback((column: string, width: number) => {
    setWidths((now) => {
      const next = { ...now, [column]: Math.min(Math.max(LEAST, Math.round(width)), MOST) };
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
