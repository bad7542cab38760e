/** The frame of a plot: what is chosen above it, how it is saved, and its numbers as a table in its place. */
import { type ReactNode, useMemo, useState } from "react";
import { IconButton } from "../../../components/button";
import { DataTable } from "../../../components/data-table";
import { ExportMenu } from "../../../components/export-menu";
import type { Cell } from "../../../plots/files";
import type { Drawing } from "../../../plots/pen";
import styles from "./plots.module.css";

interface PlotFigureProps {
  readonly label: string;
  readonly file: string; // its name without an ending
  readonly tools: ReactNode;
  readonly said: string;
  readonly rows: () => Cell[][]; // the same function while they are the same
  readonly drawing: Drawing;
  readonly children: ReactNode;
}

export function PlotFigure({ label, file, tools, said, rows, drawing, children }: PlotFigureProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={styles.figure} aria-label={label}>
      <div className={styles.tools}>
        {tools}
        <span className={styles.end}>
          <span className={styles.said}>{said}</span>
          <IconButton icon="table" label={asTable ? "Show the plot" : "Show the numbers"} aria-pressed={asTable} onClick={() => setAsTable(!asTable)} />
          <ExportMenu name={file} drawing={() => drawing} rows={rows} />
        </span>
      </div>
      <div className={styles.body}>
        <div className={styles.picture} inert={asTable}>{children}</div>
        {asTable && <Numbers caption={`${label}: ${said}`} rows={rows} />}
      </div>
    </figure>
  );
}

/** Without the ids of runs, which are for files. */
function Numbers({ caption, rows }: { readonly caption: string; readonly rows: PlotFigureProps["rows"] }) {
  const shown = useMemo(() => {
    const found = rows();
    return found[0]?.[0] === "run_id" ? found.map((row) => row.slice(1)) : found;
  }, [rows]);
  return <DataTable caption={caption} rows={shown} />;
}
