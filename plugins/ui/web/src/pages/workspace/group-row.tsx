/** A group of runs: how many it has, and of each column the mean and the ends; a click shows its runs. */
import { memo } from "react";
import { type Hover, useIsHovered } from "../../charts/hover";
import { Icon } from "../../components/icon";
import { Swatch } from "../../components/swatch";
import { ago, count, duration, number } from "../../format";
import type { RunTable } from "../../store/run-table";
import { type Group, summary } from "./groups";
import styles from "./table.module.css";
import type { CellPlace } from "./table-row";

interface GroupRowProps {
  readonly table: RunTable;
  readonly version: number; // of the table, so that a changed one is drawn
  readonly group: Group;
  readonly at: number;
  readonly top: number;
  readonly cells: readonly CellPlace[];
  readonly open: boolean;
  readonly current: boolean;
  readonly hover: Hover;
  readonly onOpen: (name: string) => void;
}

export const GroupRow = memo(function GroupRow({ table, group, at, top, cells, open, current, hover, onOpen }: GroupRowProps) {
  const { name, rows } = group;
  const hovered = useIsHovered(hover, name);
  return (
    <div
      role="row"
      aria-rowindex={at + 2}
      className={styles.row}
      data-group={name}
      data-hovered={hovered}
      data-current={current}
      style={{ top }}
      onPointerEnter={() => hover.set(name, "table")}
    >
      <div role="rowheader" aria-colindex={1} className={styles.run}>
        <button type="button" className={styles.group} aria-expanded={open} onClick={() => onOpen(name)}>
          <Icon name={open ? "down" : "chevron"} size={13} />
          <Swatch run={name} />
          <b>{name}</b>
          <small>{count(rows.length)}</small>
        </button>
      </div>
      {cells.map(({ column, index, start, width, numeric, stays }) => (
        <div key={column} role="gridcell" aria-colindex={index + 2} className={styles.cell} data-numeric={numeric} data-stays={stays} style={{ left: start, width }}>
          <SummaryCell {...{ table, column, rows, numeric }} />
        </div>
      ))}
    </div>
  );
});

interface SummaryProps {
  readonly table: RunTable;
  readonly column: string;
  readonly rows: Uint32Array;
  readonly numeric: boolean;
}

function SummaryCell({ table, column, rows, numeric }: SummaryProps) {
  const stored = table.column(column);
  const found = stored ? summary(stored, rows, numeric) : null;
  if (found === null) return <span className={styles.none}>–</span>;
  if ("text" in found) return <>{found.text}</>;
  if (/_time$/.test(column)) return <>{ago(found.max)}</>;
  const text = (value: number) => (column === "attributes.duration" ? duration(value) : number(value, 3));
  const ends = `${text(found.min)} to ${text(found.max)}`;
  return <span className={styles.summary} title={`mean ${text(found.mean)}, ${ends}`}><b>{text(found.mean)}</b><small>{ends}</small></span>;
}
