/** What stands in a cell: the value, its difference to the baseline, whether it is the best. */
import { ago, count, delta, duration, exactly, number } from "../../format";
import type { DirectionOf } from "../../store/objective";
import type { RunTable } from "../../store/run-table";
import { isBetter } from "../../store/metric-direction";
import { metricOf } from "./column-choice";
import styles from "./table.module.css";

interface CellProps {
  readonly table: RunTable;
  readonly column: string;
  readonly row: number;
  readonly base: number | undefined; // the row of the baseline
  readonly best: boolean;
  readonly directions: DirectionOf;
}

const LONGEST = 9; // characters of a fraction, before it is written with fewer digits; its title has all

export function Cell({ table, column, row, base, best, numeric, directions }: CellProps & { readonly numeric: boolean }) {
  const compared = base !== undefined && base !== row ? base : undefined;
  if (column.startsWith("attributes.")) return <>{attributeText(table, column, row)}</>;
  if (table.column(column)?.kind === "number") return <NumberCell {...{ table, column, row, best, directions }} base={compared} />;
  const text = table.text(column, row);
  if (text === null) return <span className={styles.none}>–</span>;
  const shown = numeric && text.length > LONGEST && /[.eE]/.test(text) && Number.isFinite(Number(text)) ? number(Number(text)) : text;
  const differs = compared !== undefined && table.text(column, compared) !== text;
  return differs ? <mark className={styles.differs}>{shown}</mark> : <>{shown}</>;
}

function NumberCell({ table, column, row, base, best, directions }: CellProps) {
  const value = table.number(column, row);
  if (value === null) return <span className={styles.none}>–</span>;
  const other = base === undefined ? null : table.number(column, base);
  if (other === null && !best) return <>{number(value)}</>; // no element of its own: thousands of them pass while one scrolls
  const text = <span className={best ? styles.best : undefined} title={best ? "The best of these runs" : undefined}>{number(value)}</span>;
  if (other === null) return text;
  const isStep = column.endsWith("@best_step");
  const better = isStep ? null : isBetter(directions(metricOf(column) ?? ""), value, other);
  return (
    <>
      <small className={styles.delta} data-better={better ?? undefined}>{delta(value, other)}</small>
      {text}
    </>
  );
}

function attributeText(table: RunTable, column: string, row: number): string {
  const value = table.number(column, row);
  switch (column) {
    case "attributes.start_time":
    case "attributes.end_time":
      return value === null ? "" : ago(value);
    case "attributes.duration":
      return value === null ? "" : duration(value);
    default:
      return table.text(column, row) ?? "";
  }
}

/** What hovering over a cell says, where it is more than the cell has room for. */
export function cellTitle(table: RunTable, column: string, row: number): string | undefined {
  if (/^attributes\.(start|end)_time$/.test(column)) {
    const value = table.number(column, row);
    return value === null ? undefined : exactly(value);
  }
  if (!column.startsWith("attributes.") && table.column(column)?.kind === "number") {
    const value = table.number(column, row);
    return value === null ? undefined : String(value);
  }
  return table.text(column, row) ?? undefined;
}

export const rowLabel = (total: number): string => `Runs, ${count(total)}`;
