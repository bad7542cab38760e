/** The table of runs: only the rows and columns that are in view are there, however many there are. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Hover } from "../../charts/hover";
import type { DirectionOf } from "../../store/objective";
import type { RunTable } from "../../store/run-table";
import type { WorkspaceState } from "../../url/workspace-state";
import { rowLabel } from "./cells";
import type { Cursor } from "./cursor";
import { childCounts } from "./nesting";
import { GroupRow } from "./group-row";
import { HEAD, laidOut, ROW, useInView } from "./in-view";
import { TableHead } from "./table-head";
import { type CellPlace, type RowActions, TableRow } from "./table-row";
import styles from "./table.module.css";
import type { View } from "./view";
import { defaultWidth, RUN_WIDTH, useWidths } from "./widths";

interface RunsTableProps {
  readonly table: RunTable;
  readonly version: number;
  readonly columns: readonly string[];
  readonly numeric: ReadonlySet<string>;
  readonly view: View;
  readonly state: WorkspaceState;
  readonly cursor: Cursor; // of j and k
  readonly hover: Hover;
  readonly directions: DirectionOf;
  readonly actions: RowActions;
  readonly onMove: (column: string, to: number) => void;
  readonly onSort: (sort: WorkspaceState["sort"]) => void;
  readonly onSelectAll: () => void;
  readonly onOpen: (group: string) => void;
}

export function RunsTable(props: RunsTableProps) {
  const { table, version, columns, numeric, view, state, cursor, hover, actions, directions, onMove, onSort, onSelectAll, onOpen } = props;
  const current = cursor.at;
  const scroller = useRef<HTMLDivElement>(null);
  const [told, setTold] = useState("");
  const [widths, setWidth] = useWidths();
  const left = useMemo(() => columns.filter((column) => state.left.includes(column)), [columns, state.left]);
  const shape = columns.map((column) => widths[column] ?? defaultWidth(column, state.baseline !== null, view.groups !== null && numeric.has(column))).join();
  const places = useMemo(() => placed(columns, left.length, shape.split(",").map(Number), numeric), [shape, columns, left, numeric]);
  const { rows, columns: across, isScrolling, scrollTo } = useInView(scroller, view.lines.length, places);
  useEffect(() => {
    if (cursor.at >= 0) scrollTo(cursor.at);
  }, [cursor.moves, scrollTo]);
  useScrollToHovered(hover, view, table, scrollTo);
  const cells = useMemo(
    () => [...places.slice(0, left.length), ...places.slice(across.from, across.to)],
    [places, left, across.from, across.to],
  );
  const width = places.reduce((sum, place) => sum + place.width, RUN_WIDTH);
  const selected = useMemo(() => new Set(state.selected), [state.selected]);
  const pinned = useMemo(() => new Set(state.pinned), [state.pinned]);
  const base = state.baseline === null ? undefined : table.row(state.baseline);
  const children = useMemo(() => childCounts(table), [table, version]);
  const currentRow = current >= 0 && (view.lines[current] ?? -1) >= 0 ? view.lines[current] : undefined;
  const selection = selected.size === 0 ? "none" : selected.size >= table.rows ? "all" : "some";
  return (
    <>
    <span className="visually-hidden" aria-live="polite">{told}</span>
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      tabIndex={0}
      aria-label={rowLabel(table.total)}
      aria-rowcount={(view.groups || state.brushes.length ? view.lines.length : table.total) + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={currentRow === undefined ? undefined : `run-${table.id(currentRow)}`}
      onPointerLeave={() => hover.set(null, "table")}
    >
      <div role="presentation" className={styles.canvas} style={{ height: HEAD + view.lines.length * ROW, width }}>
        <TableHead
          cells={cells} count={columns.length} sort={state.sort} selection={selection}
          onSort={onSort} onWidth={setWidth} onMove={onMove} onTold={setTold} onSelectAll={onSelectAll}
        />
        {laidOut(rows, isScrolling).map((at) => {
          const row = view.lines[at] as number;
          const group = row < 0 ? view.groups?.[~row] : undefined;
          if (group) {
            const isOpen = state.open.includes(group.name);
            return <GroupRow key={at % (rows.to - rows.from)} {...{ table, version, group, at, cells, hover, onOpen }} top={HEAD + at * ROW} open={isOpen} current={at === current} />;
          }
          const id = table.id(row);
          return (
            <TableRow
              key={at % (rows.to - rows.from)}
              {...{ table, version, row, base, cells, hover, actions, directions }}
              at={at}
              top={HEAD + at * ROW}
              best={view.best}
              drawn={view.isDrawn(id)}
              selected={selected.has(id)}
              pinned={pinned.has(id)}
              current={at === current}
              nested={children.get(id) ?? 0}
            />
          );
        })}
      </div>
    </div>
    </>
  );
}

/** Those that stay at the left come first. */
function placed(columns: readonly string[], staying: number, widths: readonly number[], numeric: ReadonlySet<string>): readonly CellPlace[] {
  let next = RUN_WIDTH;
  return columns.map((column, index) => {
    const width = widths[index] as number;
    next += width;
    return { column, index, start: next - width, width, numeric: numeric.has(column), stays: index < staying };
  });
}

const REST = 60; // milliseconds after which a pointer counts as resting

/** Brings the run into view whose line the pointer rests on; while it moves over many, rows stay where they are. */
function useScrollToHovered(hover: Hover, view: View, table: RunTable, scroll: (at: number) => void): void {
  const latest = useRef({ view, table, scroll });
  latest.current = { view, table, scroll };
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = hover.subscribe(() => {
      clearTimeout(timer);
      if (hover.source === "chart" && hover.run !== null) timer = setTimeout(show, REST, hover.run);
    });
    const show = (run: string) => {
      const { view: now, table: runs, scroll: go } = latest.current;
      const row = runs.row(run);
      const at = row === undefined ? -1 : now.lines.indexOf(row);
      if (at >= 0) go(at);
    };
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [hover]);
}
