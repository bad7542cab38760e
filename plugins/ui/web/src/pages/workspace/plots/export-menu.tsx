/** Saves what a plot shows: its numbers as CSV, its picture as PNG or SVG. */
import { Button } from "../../../components/button";
import { Popover } from "../../../components/popover";
import { type Cell, csv, png, save, svg } from "../../../plots/files";
import type { Drawing } from "../../../plots/pen";
import { colour } from "../../../theme/theme";
import styles from "./plots.module.css";

interface ExportMenuProps {
  readonly name: string; // of the file, without its ending
  readonly rows: () => readonly (readonly Cell[])[];
  readonly drawing: Drawing; // with the axes, which the page may show otherwise
}

export function ExportMenu({ name, rows, drawing }: ExportMenuProps) {
  const picture = async () => {
    const content = await png(drawing, colour("surface"));
    if (content) save(`${name}.png`, content);
  };
  return (
    <Popover label="Save the chart" icon="download">
      {(close) => (
        <div className={styles.menu} onClick={close}>
          <Button look="quiet" onClick={() => save(`${name}.csv`, new Blob([csv(rows())], { type: "text/csv" }))}>CSV, what is drawn</Button>
          <Button look="quiet" onClick={() => void picture()}>PNG</Button>
          <Button look="quiet" onClick={() => save(`${name}.svg`, svg(drawing, colour("surface")))}>SVG</Button>
        </div>
      )}
    </Popover>
  );
}
