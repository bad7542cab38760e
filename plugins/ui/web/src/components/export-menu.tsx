/** Saves what a chart shows: its numbers as CSV, its picture as PNG or SVG. */
import { colour } from "../theme/theme";
import type { Cell } from "../plots/files";
import type { Drawing } from "../plots/pen";
import { Button } from "./button";
import styles from "./overlay.module.css";
import { Popover } from "./popover";

interface ExportMenuProps {
  readonly name: string; // of the file, without its ending
  readonly rows: () => readonly (readonly Cell[])[] | Promise<readonly (readonly Cell[])[]>;
  readonly drawing: () => Drawing | Promise<Drawing>; // with the axes, which the page may show otherwise
  readonly small?: boolean;
}

export function ExportMenu({ name, rows, drawing, small = false }: ExportMenuProps) {
  const asCsv = async () => {
    const { csv, save } = await files();
    save(`${name}.csv`, new Blob([csv(await rows())], { type: "text/csv" }));
  };
  const asPng = async () => {
    const { png, save } = await files();
    const content = await png(await drawing(), colour("surface"));
    if (content) save(`${name}.png`, content);
  };
  const asSvg = async () => {
    const { save, svg } = await files();
    save(`${name}.svg`, svg(await drawing(), colour("surface")));
  };
  return (
    <Popover label="Save the chart" icon="download" small={small}>
      {(close) => (
        <div className={styles.choices} onClick={close}>
          <Button look="quiet" onClick={() => void asCsv()}>CSV, what is drawn</Button>
          <Button look="quiet" onClick={() => void asPng()}>PNG</Button>
          <Button look="quiet" onClick={() => void asSvg()}>SVG</Button>
        </div>
      )}
    </Popover>
  );
}

const files = () => import("../plots/files"); // when something is first saved
