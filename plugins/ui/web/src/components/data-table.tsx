/** The numbers behind a picture as a table: for who cannot see it, and who wants to read them off. A page of rows at a time. */
import { useEffect, useState } from "react";
import { count, number } from "../format";
import type { Cell } from "../plots/files";
import { Button } from "./button";
import styles from "./data-table.module.css";

interface DataTableProps {
  readonly caption: string;
  readonly rows: readonly (readonly Cell[])[]; // the first has the names of the columns
}

const PAGE = 100; // rows

export function DataTable({ caption, rows }: DataTableProps) {
  const [page, setPage] = useState(0);
  useEffect(() => setPage(0), [caption]);
  const [head = [], ...content] = rows;
  const start = Math.min(page * PAGE, Math.max(content.length - 1, 0));
  const shown = content.slice(start, start + PAGE);
  return (
    <div className={styles.place}>
      <div className={styles.scroll} role="region" aria-label={caption} tabIndex={0}>
        <table className={styles.table}>
          <caption className={styles.caption}>{caption}</caption>
          <thead>
            <tr>{head.map((name) => <th key={String(name)} scope="col">{name}</th>)}</tr>
          </thead>
          <tbody>
            {shown.map((row, at) => (
              <tr key={start + at}>
                {row.map((cell, column) => (column === 0 ? <th key={column} scope="row">{textOf(cell)}</th> : <td key={column}>{textOf(cell)}</td>))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {content.length > PAGE && (
        <div className={styles.pages}>
          <Button small disabled={start === 0} onClick={() => setPage(page - 1)}>Before</Button>
          <span aria-live="polite">{`${count(start + 1)} to ${count(start + shown.length)} of ${count(content.length)}`}</span>
          <Button small disabled={start + PAGE >= content.length} onClick={() => setPage(page + 1)}>Next</Button>
        </div>
      )}
    </div>
  );
}

const textOf = (cell: Cell): string => (cell === null ? "–" : typeof cell === "number" ? number(cell, 6) : cell);
