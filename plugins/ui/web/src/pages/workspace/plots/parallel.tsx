/** Parallel coordinates: an axis for each column, a line for each run; what is brushed on an axis filters the table. */
import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { useSize } from "../../../charts/use-place";
import { count, counted } from "../../../format";
import { boxOf, drawAxes, drawRuns, leastWidth, MOST_LINES, rowAt, trace } from "../../../plots/parallel-draw";
import { withBrush } from "../../../plots/brushing";
import type { Drawing } from "../../../plots/pen";
import type { Scale } from "../../../plots/scale";
import { toggled } from "../../../url/workspace-state";
import { AxisHandle } from "./axis-handle";
import { Canvas } from "./canvas";
import { ColumnSelect, titleOf } from "./column-select";
import { Importance } from "./importance";
import { Legend } from "./legend";
import { PlotFigure } from "./plot-figure";
import type { PlotProps } from "./plot-panel";
import styles from "./plots.module.css";
import { rowsOf } from "./rows-of";
import { useLook, useScales, useTones } from "./use-look";

export function Parallel({ table, version, all, through, state, change, hover, keys, objective, directions, plot }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const { width: seen, height } = useSize(place);
  const look = useLook();
  const found = useScales(table, version, plot.axes, state.scales);
  const axes = useMemo(() => plot.axes.filter((_, at) => found[at]), [plot.axes, found]);
  const scales = useMemo(() => found.filter((scale) => scale !== null), [found]);
  const colours = useMemo(() => (plot.colour ? [plot.colour] : []), [plot.colour]);
  const [colourScale = null] = useScales(table, version, colours, state.scales);
  const tones = useTones(colourScale, plot.colour, directions);
  const width = Math.max(seen, leastWidth(scales.length)); // what is wider than the page scrolls
  const box = useMemo(() => boxOf(scales.length, width, height), [scales.length, width, height]);
  const drawing = useMemo<Drawing>(
    () => ({
      width, height,
      draw: (pen) => {
        drawRuns(pen, scales, all, through, tones, box, look);
        drawAxes(pen, scales, box, look);
      },
    }),
    [scales, all, through, tones, box, look, width, height],
  );
  const saved: Drawing = { ...drawing, draw: (pen) => { drawing.draw(pen); drawNames(pen, axes, box.lefts, look.text); } };
  const pointed = (event: React.PointerEvent | React.MouseEvent): string | null => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const row = rowAt(scales, through, box, event.clientX - left, event.clientY - top);
    return row < 0 ? null : table.id(row);
  };
  const setAxes = (next: readonly string[]) => change({ axes: next });
  const rows = useCallback(() => rowsOf(table, through, axes), [table, version, through, axes]);
  const gaps = useMemo(() => through.reduce((sum, row) => sum + (scales.some(({ places }) => Number.isNaN(places[row])) ? 1 : 0), 0), [through, scales]);
  const isDense = through.length > MOST_LINES;
  return (
    <PlotFigure
      label="Parallel coordinates" file="parallel" rows={rows} drawing={saved}
      said={`${counted(through.length, "run")}${isDense ? ", drawn as their density" : ""}${gaps ? `, ${count(gaps)} with a gap where a value is missing` : ""}`}
      tools={
        <>
          <ColumnSelect label="Colour" {...{ keys, objective }} value={plot.colour} onColumn={(column) => change({ colour: column })} />
          <AddAxis {...{ keys, objective }} axes={plot.axes} onAxes={setAxes} />
          {plot.colour && <Importance {...{ table, version, through }} axes={plot.axes} target={plot.colour} />}
          {colourScale && plot.colour && <Legend column={plot.colour} scale={colourScale} {...{ directions }} dark={look.dark} />}
        </>
      }
    >
      <div ref={place} className={styles.place}>
        {seen > 0 && height > 0 && (
          <div className={styles.wide} style={{ width }}>
            <div
              className={styles.over}
              onPointerMove={(event) => hover.set(pointed(event), "chart")}
              onPointerLeave={() => hover.set(null, "chart")}
              onClick={(event) => {
                const run = pointed(event);
                if (run) change((now) => ({ selected: toggled(now.selected, run) }), { replace: true });
              }}
            >
              <Canvas drawing={drawing} label={`${counted(through.length, "run")} on ${scales.length} axes; their numbers are in the table that the button above shows`} />
              <Front {...{ table, hover, state, scales, box, look, width, height }} />
            </div>
            {axes.map((column, at) => (
              <AxisHandle
                key={column}
                {...{ column, at, axes, box }}
                scale={scales[at] as Scale}
                brush={state.brushes.find((brush) => brush.column === column) ?? null}
                onAxes={setAxes}
                onScale={(kind) => change((now) => ({ scales: { ...now.scales, [column]: kind }, brushes: withBrush(now.brushes, column, null) }))}
                onBrush={(brush) => change((now) => ({ brushes: withBrush(now.brushes, column, brush) }))}
              />
            ))}
          </div>
        )}
      </div>
    </PlotFigure>
  );
}

function drawNames(pen: Parameters<Drawing["draw"]>[0], axes: readonly string[], lefts: readonly number[], text: string): void {
  pen.fillStyle = text;
  pen.textAlign = "center";
  axes.forEach((column, at) => pen.fillText(titleOf(column), lefts[at] as number, 12));
}

type FrontProps = Pick<PlotProps, "table" | "hover" | "state"> & {
  readonly scales: readonly Scale[];
  readonly box: ReturnType<typeof boxOf>;
  readonly look: ReturnType<typeof useLook>;
  readonly width: number;
  readonly height: number;
};

/** The runs that are selected and the one that is hovered, on a canvas of their own: hovering redraws nothing else. */
function Front({ table, hover, state, scales, box, look, width, height }: FrontProps) {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => hover.subscribe(again), [hover]);
  const drawing: Drawing = {
    width, height,
    draw: (pen) => {
      for (const [run, colour, wide] of [...state.selected.map((id) => [id, look.accent, 2] as const), [hover.run, look.text, 2.6] as const]) {
        const row = run === null ? undefined : table.row(run);
        if (row === undefined) continue;
        pen.strokeStyle = colour;
        pen.lineWidth = wide;
        pen.beginPath();
        trace(pen, scales, row, box);
        pen.stroke();
      }
    },
  };
  return <Canvas drawing={drawing} />;
}

type AddAxisProps = Pick<PlotProps, "keys" | "objective"> & {
  readonly axes: readonly string[];
  readonly onAxes: (axes: readonly string[]) => void;
};

function AddAxis({ keys, objective, axes, onAxes }: AddAxisProps) {
  const others = useMemo(() => keys.filter((key) => !axes.includes(key.key) && key.kind !== "tag" && (key.varies || key.kind === "metric")), [keys, axes]);
  return <ColumnSelect label="Add an axis" keys={others} objective={objective} value={null} onColumn={(column) => column && onAxes([...axes, column])} />;
}
