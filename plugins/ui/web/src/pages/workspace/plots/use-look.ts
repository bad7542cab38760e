/** The colours that plots have in a theme, and the tone of each run. */
import { useMemo } from "react";
import { ramp } from "../../../plots/ramp";
import { type Scale, scaleOf } from "../../../plots/scale";
import type { DirectionOf } from "../../../store/objective";
import type { RunTable } from "../../../store/run-table";
import { colour, useDark } from "../../../theme/theme";
import type { WorkspaceState } from "../../../url/workspace-state";
import { directionOfColumn } from "./choice";

export function useLook() {
  const dark = useDark();
  return useMemo(
    () => ({
      dark, colours: ramp(dark), faint: colour("line-strong"), axis: colour("axis"), grid: colour("grid"),
      text: colour("text"), halo: colour("surface"), accent: colour("accent"),
    }),
    [dark],
  );
}

export type Look = ReturnType<typeof useLook>;

/** The scales of columns, as guessed or as wanted; made anew when the table is another one or has changed. */
export function useScales(table: RunTable, version: number, columns: readonly string[], scales: WorkspaceState["scales"]): readonly (Scale | null)[] {
  return useMemo(
    () =>
      columns.map((key) => {
        const column = table.column(key);
        return column ? scaleOf(column, table.rows, scales[key]) : null;
      }),
    [table, version, columns, scales],
  );
}

/** From 0 to 1, where what is better stands out more. */
export function useTones(scale: Scale | null, column: string | null, directions: DirectionOf): Float32Array | null {
  return useMemo(() => {
    if (!scale) return null;
    return directionOfColumn(column, directions) === "min" ? scale.places.map((place) => 1 - place) : scale.places;
  }, [scale, column, directions]);
}
