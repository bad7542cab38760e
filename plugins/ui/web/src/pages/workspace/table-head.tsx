/** The heads of the columns: a click sorts, the edge changes the width. */
import { useRef } from "react";
import { Icon } from "../../components/icon";
import type { Sort } from "../../url/workspace-state";
import { columnTitle } from "./column-choice";
import styles from "./table.module.css";
import type { CellPlace } from "./table-row";

interface TableHeadProps {
  readonly cells: readonly CellPlace[];
  readonly sort: Sort | null;
  readonly selection: "none" | "some" | "all";
  readonly onSort: (sort: Sort | null) => void;
  readonly onWidth: (column: string, width: number) => void;
  readonly onSelectAll: () => void;
}

export function TableHead({ cells, sort, selection, onSort, onWidth, onSelectAll }: TableHeadProps) {
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
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
      {cells.map(({ column, index, start, width, numeric }) => (
        <div
          key={column}
          role="columnheader"
          aria-colindex={index + 2}
          aria-sort={sortOf(sort, column)}
          className={styles.cell}
          data-numeric={numeric}
          style={{ left: start, width }}
        >
          <HeadButton column={column} {...columnTitle(column)} sort={sort} onSort={onSort} />
          <Edge width={width} onWidth={(wide) => onWidth(column, wide)} />
        </div>
      ))}
    </div>
  );
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
}

/** Numbers are mostly looked for from the greatest on; a third click gives the order of time again. */
function HeadButton({ column, name, note, sort, onSort }: HeadButtonProps) {
  const now = sortOf(sort, column);
  const next = { none: { column, descending: true }, descending: { column, descending: false }, ascending: null }[now];
  return (
    <button type="button" className={styles.title} title={`${name}${note ? `, ${note}` : ""}: sort`} onClick={() => onSort(next)}>
      <span>{name}</span>
      {note && <small>{note}</small>}
      {now !== "none" && <span className={styles.arrow} data-down={now === "descending"}><Icon name="arrow" size={12} /></span>}
    </button>
  );
}

function Edge({ width, onWidth }: { readonly width: number; readonly onWidth: (width: number) => void }) {
  const start = useRef({ x: 0, width: 0 });
  return (
    <span
      className={styles.edge}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) onWidth(start.current.width + event.clientX - start.current.x);
      }}
    />
  );
}
