/** The heads of the columns: a click sorts, dragging moves them, the edge changes the width; all of it by keys too. */
import { useEffect, useRef } from "react";
import { Icon } from "../../components/icon";
import type { Sort } from "../../url/workspace-state";
import { columnTitle } from "./column-choice";
import { fittingWidth } from "./fitting-width";
import styles from "./table.module.css";
import type { CellPlace } from "./table-row";
import { useDrag } from "./use-drag";
import { LEAST, MOST, steppedWidth } from "./widths";

interface TableHeadProps {
  readonly cells: readonly CellPlace[];
  readonly count: number; // of columns, those out of view as well
  readonly sort: Sort | null;
  readonly selection: "none" | "some" | "all";
  readonly onSort: (sort: Sort | null) => void;
  readonly onWidth: (column: string, width: number) => void;
  readonly onMove: (column: string, to: number) => void;
  readonly onTold: (text: string) => void; // to who cannot see where a column went
  readonly onSelectAll: () => void;
}

export function TableHead({ cells, count, sort, selection, onSort, onWidth, onMove, onTold, onSelectAll }: TableHeadProps) {
  const row = useRef<HTMLDivElement>(null);
  const held = useRef<string | null>(null); // moved by keys, so that it keeps the focus
  const drag = useDrag(row, cells, onMove);
  useEffect(() => {
    if (held.current === null) return;
    row.current?.querySelector<HTMLElement>(`[data-column="${CSS.escape(held.current)}"]`)?.focus();
    held.current = null;
  }, [cells]);
  const step = (cell: CellPlace, by: number) => {
    const to = Math.min(Math.max(cell.index + by, 0), count - 1);
    held.current = cell.column;
    onTold(`${columnTitle(cell.column).name}: column ${to + 1} of ${count}`);
    onMove(cell.column, to);
  };
  return (
    <div ref={row} role="row" aria-rowindex={1} className={styles.head}>
      <div role="columnheader" aria-colindex={1} aria-sort={sortOf(sort, "attributes.run_name")} className={styles.run}>
        <input
          type="checkbox"
          aria-label="Select all"
          checked={selection === "all"}
          ref={(box) => void (box && (box.indeterminate = selection === "some"))}
          onChange={onSelectAll}
        />
        <HeadButton column="attributes.run_name" name="Run" note="" sort={sort} onSort={onSort} />
      </div>
      {cells.map((cell) => (
        <div
          key={cell.column}
          role="columnheader"
          aria-colindex={cell.index + 2}
          aria-label={headName(cell.column)}
          aria-sort={sortOf(sort, cell.column)}
          className={styles.cell}
          data-numeric={cell.numeric}
          data-stays={cell.stays}
          data-moving={drag.column === cell.column}
          style={{ left: cell.start, width: cell.width }}
          {...drag.handlers(cell)}
        >
          <HeadButton column={cell.column} {...columnTitle(cell.column)} sort={sort} onSort={onSort} onStep={(by) => step(cell, by)} />
          <Edge name={columnTitle(cell.column).name} column={cell.index + 2} width={cell.width} onWidth={(wide) => onWidth(cell.column, wide)} />
        </div>
      ))}
      {drag.mark !== null && <span aria-hidden="true" className={styles.drop} style={{ left: drag.mark }} />}
    </div>
  );
}

/** What a column is called to who hears it, without its edge. */
function headName(column: string): string {
  const { name, note } = columnTitle(column);
  return [name, note].filter(Boolean).join(" ");
}

function sortOf(sort: Sort | null, column: string): "ascending" | "descending" | "none" {
  if (sort?.column !== column) return "none";
  return sort.descending ? "descending" : "ascending";
}

interface HeadButtonProps {
  readonly column: string;
  readonly name: string;
  readonly note: string;
  readonly sort: Sort | null;
  readonly onSort: (sort: Sort | null) => void;
  readonly onStep?: (by: 1 | -1) => void; // to another place
}

/** Numbers are mostly looked for from the greatest on; a third click gives the order of time again. */
function HeadButton({ column, name, note, sort, onSort, onStep }: HeadButtonProps) {
  const now = sortOf(sort, column);
  const next = { none: { column, descending: true }, descending: { column, descending: false }, ascending: null }[now];
  return (
    <button
      type="button"
      className={styles.title}
      data-column={column}
      title={`${name}${note ? `, ${note}` : ""}: sort${onStep ? "; drag or Shift with an arrow moves it" : ""}`}
      onClick={() => onSort(next)}
      onKeyDown={(event) => {
        const by = ({ ArrowLeft: -1, ArrowRight: 1 } as const)[event.key as "ArrowLeft" | "ArrowRight"];
        if (!by || !event.shiftKey || !onStep) return;
        event.preventDefault();
        onStep(by);
      }}
    >
      <span>{name}</span>
      {note && <small>{note}</small>}
      {now !== "none" && <span className={styles.arrow} data-down={now === "descending"}><Icon name="arrow" size={12} /></span>}
    </button>
  );
}

interface EdgeProps {
  readonly name: string; // of the column
  readonly column: number; // its place, as rows number their cells
  readonly width: number;
  readonly onWidth: (width: number) => void;
}

function Edge({ name, column, width, onWidth }: EdgeProps) {
  const start = useRef({ x: 0, width: 0 });
  return (
    <span
      className={styles.edge}
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${name}`}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      aria-valuetext={`${width} pixels`}
      tabIndex={0}
      title="Drag or arrows change the width; a double click or Enter fits it to what is there"
      onKeyDown={(event) => {
        const next = event.key === "Enter" ? fittingWidth(event.currentTarget, column) : steppedWidth(width, event.key, event.shiftKey);
        if (next === null) return;
        event.preventDefault();
        onWidth(next);
      }}
      onDoubleClick={(event) => onWidth(fittingWidth(event.currentTarget, column))}
      onPointerDown={(event) => {
        event.stopPropagation(); // the column itself stays where it is
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) onWidth(start.current.width + event.clientX - start.current.x);
      }}
    />
  );
}
