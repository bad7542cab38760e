/** One run: what it is at the left, which stays, and the cells that are in view. */
import { memo } from "react";
import { Link } from "wouter";
import { useIsHovered, type Hover } from "../../charts/hover";
import { Icon } from "../../components/icon";
import { Dot } from "../../components/notes";
import { Swatch } from "../../components/swatch";
import { counted, runName } from "../../format";
import type { DirectionOf } from "../../store/objective";
import type { RunTable } from "../../store/run-table";
import { Cell, cellTitle } from "./cells";
import styles from "./table.module.css";

export interface CellPlace {
  readonly column: string;
  readonly index: number;
  readonly start: number;
  readonly width: number;
  readonly numeric: boolean;
  readonly stays: boolean; // at the left, however far one scrolls
}

export interface RowActions {
  readonly select: (id: string) => void;
  readonly draw: (id: string) => void;
}

interface TableRowProps {
  readonly table: RunTable;
  readonly version: number; // of the table, so that a changed one is drawn
  readonly row: number;
  readonly at: number; // in the order
  readonly top: number;
  readonly cells: readonly CellPlace[];
  readonly base: number | undefined;
  readonly best: ReadonlyMap<string, number>;
  readonly drawn: boolean;
  readonly selected: boolean;
  readonly pinned: boolean;
  readonly current: boolean; // where j and k are
  readonly nested: number; // runs that were started inside it
  readonly hover: Hover;
  readonly actions: RowActions;
  readonly directions: DirectionOf;
}

export const TableRow = memo(function TableRow(props: TableRowProps) {
  const { table, row, at, top, cells, base, best, drawn, selected, current, hover, actions, directions } = props;
  const id = table.id(row);
  const hovered = useIsHovered(hover, id);
  return (
    <div
      role="row"
      id={`run-${id}`}
      aria-rowindex={at + 2}
      aria-selected={selected}
      className={styles.row}
      data-hovered={hovered}
      data-current={current}
      style={{ top }}
      onPointerEnter={() => hover.set(id, "table")}
    >
      <RunCell {...props} id={id} onSelect={() => actions.select(id)} onDraw={() => actions.draw(id)} drawn={drawn} />
      {cells.map(({ column, index, start, width, numeric, stays }) => (
        <div
          key={column}
          role="gridcell"
          aria-colindex={index + 2}
          className={styles.cell}
          data-numeric={numeric}
          data-stays={stays}
          title={cellTitle(table, column, row)}
          style={{ left: start, width }}
        >
          <Cell table={table} column={column} row={row} base={base} numeric={numeric} directions={directions} best={best.get(column) === row} />
        </div>
      ))}
    </div>
  );
});

interface RunCellProps extends TableRowProps {
  readonly id: string;
  readonly onSelect: () => void;
  readonly onDraw: () => void;
}

function RunCell({ table, row, id, base, drawn, selected, pinned, nested, onSelect, onDraw }: RunCellProps) {
  const name = runName(table.text("attributes.run_name", row), id);
  const status = table.text("attributes.status", row) ?? "";
  return (
    <div role="rowheader" aria-colindex={1} className={styles.run}>
      <input type="checkbox" aria-label={`Select ${name}`} checked={selected} tabIndex={-1} onChange={onSelect} />
      <button
        type="button"
        tabIndex={-1}
        className={styles.eye}
        aria-pressed={drawn}
        aria-label={`Draw ${name}`}
        title={drawn ? "Drawn in the charts" : "Not drawn in the charts"}
        onClick={onDraw}
      >
        {drawn ? <Swatch run={id} /> : <Icon name="hidden" size={13} />}
      </button>
      <Link href={`/runs/${id}/overview`} tabIndex={-1} className={styles.name} title={`${name}, ${status.toLowerCase()}`}>
        {name}
      </Link>
      {nested > 0 && (
        <Link href={`/runs/${id}/children`} tabIndex={-1} className={styles.nested} title={`${name} started ${counted(nested, "run")} of these`}>
          {counted(nested, "child", "children")}
        </Link>
      )}
      {base === row && <span className={styles.badge}>baseline</span>}
      {pinned && base !== row && <span className={styles.pin}><Icon name="pin" size={12} /></span>}
      <span className={styles.state} title={status.toLowerCase()}>
        <Dot status={status} />
        <span className="visually-hidden">{status.toLowerCase()}</span>
      </span>
    </div>
  );
}

