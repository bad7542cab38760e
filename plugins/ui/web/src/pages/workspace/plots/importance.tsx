/** Which params go with how good runs are: the strength of each by itself, for those that stand on an axis. */
import { useMemo } from "react";
import { Popover } from "../../../components/popover";
import { counted } from "../../../format";
import { type Link, linkOfCategories, linkOfNumbers } from "../../../plots/importance";
import type { RunTable } from "../../../store/run-table";
import { titleOf } from "./column-select";
import type { PlotProps } from "./plot-panel";
import styles from "./plots.module.css";

type ImportanceProps = Pick<PlotProps, "table" | "version" | "through"> & {
  readonly axes: readonly string[];
  readonly target: string;
};

export function Importance(props: ImportanceProps) {
  return (
    <Popover label={`What goes with ${titleOf(props.target)}`} text="What matters" side="left">
      {() => <Strengths {...props} />}
    </Popover>
  );
}

function Strengths({ table, version, through, axes, target }: ImportanceProps) {
  const found = useMemo(() => linksOf(table, through, axes, target), [table, version, through, axes, target]);
  const name = titleOf(target);
  if (found.length === 0) return <p className={styles.about}>No param on an axis varies over enough runs to tell what goes with {name}.</p>;
  return (
    <div className={styles.about}>
      <table className={styles.strengths}>
        <caption>What goes with {name}</caption>
        <tbody>
          {found.map(([column, link]) => (
            <tr key={column}>
              <th scope="row">{titleOf(column)}</th>
              <td aria-hidden="true"><meter min={0} max={1} value={link.strength} /></td>
              <td>{link.strength.toFixed(2)} {SIGNS[link.sign]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>Each param on an axis by itself, by the order of {counted(through.length, "run")}: 0 is nothing, 1 is all. What goes together need not be cause and effect.</p>
    </div>
  );
}

const SIGNS: Readonly<Record<Link["sign"], string>> = { 1: "rises with it", 0: "", [-1]: "falls with it" };

/** The strongest first. */
function linksOf(table: RunTable, rows: Uint32Array, axes: readonly string[], target: string): (readonly [string, Link])[] {
  const of = (column: string) => Float64Array.from(rows, (row) => table.number(column, row) ?? Number.NaN);
  const wanted = of(target);
  return axes
    .filter((column) => column.startsWith("params."))
    .map((column) => [column, linkOf(table, rows, column, of(column), wanted)] as const)
    .filter((pair): pair is readonly [string, Link] => pair[1] !== null)
    .sort(([, a], [, b]) => b.strength - a.strength);
}

/** Values that all read as numbers are numbers. */
function linkOf(table: RunTable, rows: Uint32Array, column: string, values: Float64Array, target: Float64Array): Link | null {
  const numeric = rows.every((row, at) => !Number.isNaN(values[at]) || table.text(column, row) === null);
  if (numeric) return linkOfNumbers(values, target);
  const codes = new Map<string, number>();
  const coded = Int32Array.from(rows, (row) => {
    const text = table.text(column, row);
    if (text === null) return -1;
    if (!codes.has(text)) codes.set(text, codes.size);
    return codes.get(text) as number;
  });
  return linkOfCategories(coded, target);
}
