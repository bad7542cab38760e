/** One metric as bars, run by run in the order of the table. */
import { useMemo, useRef } from "react";
import { useSize } from "../../../charts/use-place";
import { count, counted, number } from "../../../format";
import type { Drawing } from "../../../plots/pen";
import { linearSteps, tickText } from "../../../plots/scale";
import { line } from "../../../plots/scatter-draw";
import { runColour } from "../../../theme/run-colours";
import { Canvas } from "./canvas";
import { ColumnSelect, titleOf } from "./column-select";
import { ExportMenu } from "./export-menu";
import type { PlotProps } from "./plot-panel";
import styles from "./plots.module.css";
import { rowsOf } from "./rows-of";
import { useLook } from "./use-look";

const MOST = 200; // bars
const [BAR, LEFT, TOP, RIGHT] = [22, 140, 26, 64]; // pixels

export function Bars({ table, version, through, change, hover, keys, plot }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const { width } = useSize(place);
  const look = useLook();
  const column = plot.bar ?? "";
  const rows = useMemo(() => [...through].filter((row) => Number.isFinite(table.number(column, row) ?? Number.NaN)).slice(0, MOST), [through, table, version, column]);
  const height = TOP + rows.length * BAR + 8;
  const drawing = useMemo<Drawing>(
    () => ({
      width, height,
      draw: (pen) => {
        const values = rows.map((row) => table.number(column, row) as number);
        const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
        const at = (value: number) => LEFT + ((value - low) / (high - low || 1)) * (width - LEFT - RIGHT);
        pen.font = '11px system-ui, -apple-system, "Segoe UI", sans-serif';
        pen.textBaseline = "middle";
        pen.textAlign = "center";
        pen.lineWidth = 1;
        for (const value of low < high ? linearSteps(low, high) : []) {
          pen.strokeStyle = look.grid;
          line(pen, Math.round(at(value)) + 0.5, TOP, Math.round(at(value)) + 0.5, height);
          pen.fillStyle = look.axis;
          pen.fillText(tickText(value), at(value), TOP - 12);
        }
        rows.forEach((row, place) => {
          const [value, y] = [values[place] as number, TOP + place * BAR];
          pen.fillStyle = runColour(table.id(row), look.dark);
          pen.fillRect(Math.min(at(0), at(value)), y + 4, Math.abs(at(value) - at(0)), BAR - 8);
          pen.fillStyle = look.text;
          pen.textAlign = "right";
          pen.fillText(shortened(table.text("attributes.run_name", row) || table.id(row).slice(0, 8)), LEFT - 8, y + BAR / 2);
          pen.textAlign = "left";
          pen.fillText(number(value), Math.max(at(0), at(value)) + 6, y + BAR / 2);
        });
      },
    }),
    [rows, table, column, width, height, look],
  );
  const said = rows.length < through.length ? `${count(rows.length)} of ${counted(through.length, "run")}, the first that have it` : counted(rows.length, "run");
  return (
    <figure className={styles.figure} aria-label="Bars">
      <div className={styles.tools}>
        <ColumnSelect label="Metric" keys={keys} value={plot.bar} metricsOnly onColumn={(next) => change({ bar: next })} />
        <span className={styles.said}>{said}</span>
        <ExportMenu name={titleOf(column)} drawing={drawing} rows={() => rowsOf(table, rows, [column])} />
      </div>
      <div
        ref={place}
        className={styles.scroll}
        tabIndex={0}
        role="group"
        aria-label="Bars, which scroll"
        onPointerMove={(event) => {
          const { currentTarget } = event;
          const at = Math.floor((event.clientY - currentTarget.getBoundingClientRect().top + currentTarget.scrollTop - TOP) / BAR);
          const row = rows[at];
          hover.set(row === undefined ? null : table.id(row), "chart");
        }}
        onPointerLeave={() => hover.set(null, "chart")}
      >
        {width > 0 && <div style={{ height }}><Canvas drawing={drawing} label={`${titleOf(column)} of ${counted(rows.length, "run")}; the table below has the same numbers`} /></div>}
      </div>
    </figure>
  );
}

const LONGEST = 20; // letters
const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
