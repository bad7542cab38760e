/** A scatter of runs over two columns, coloured by a third, with the runs that no other one beats. */
import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { useSize } from "../../../charts/use-place";
import { Button } from "../../../components/button";
import { counted } from "../../../format";
import { paretoFront } from "../../../plots/pareto";
import type { Drawing } from "../../../plots/pen";
import { drawFront, drawGrid, drawPoints, pointAt, ring, scatterBox } from "../../../plots/scatter-draw";
import type { Scale } from "../../../plots/scale";
import { toggled } from "../../../url/workspace-state";
import { Canvas } from "./canvas";
import { directionOfColumn } from "./choice";
import { ColumnSelect, titleOf } from "./column-select";
import { Legend } from "./legend";
import { PlotFigure } from "./plot-figure";
import type { PlotProps } from "./plot-panel";
import styles from "./plots.module.css";
import { rowsOf } from "./rows-of";
import { useLook, useScales, useTones } from "./use-look";

export function Scatter({ table, version, through, state, change, hover, keys, objective, directions, plot }: PlotProps) {
  const { across, up, colour } = plot;
  const wanted = useMemo(() => [across ?? "", up ?? "", colour ?? ""], [across, up, colour]);
  const [x = null, y = null, colourScale = null] = useScales(table, version, wanted, state.scales);
  const tones = useTones(colourScale, colour, directions);
  const look = useLook();
  const front = useMemo(
    () => (state.pareto && x && y ? paretoFront(through, x.places, y.places, directionOfColumn(across, directions), directionOfColumn(up, directions)) : []),
    [state.pareto, through, x, y, across, up, directions],
  );
  const scaleButton = (column: string | null, scale: Scale | null, name: string) =>
    column && scale && scale.kind !== "category" && (
      <Button aria-pressed={scale.kind === "log"} title={`Logarithmic ${name} axis`} onClick={() => change((now) => ({ scales: { ...now.scales, [column]: scale.kind === "log" ? "linear" : "log" } }))}>
        {`log ${name}`}
      </Button>
    );
  const rows = useCallback(() => rowsOf(table, front.length ? front : through, [...new Set(wanted)].filter(Boolean)), [table, version, front, through, wanted]);
  const said = state.pareto ? `${counted(front.length, "run")} on the Pareto front, of ${through.length}` : counted(through.length, "run");
  return (
    <Points
      {...{ table, through, state, change, hover, x, y, tones, look, front, said }}
      names={[across ? titleOf(across) : "", up ? titleOf(up) : ""]}
      rows={rows}
    >
      <ColumnSelect label="Across" {...{ keys, objective }} value={across} onColumn={(column) => change({ across: column })} />
      {scaleButton(across, x, "x")}
      <ColumnSelect label="Up" {...{ keys, objective }} value={up} onColumn={(column) => change({ up: column })} />
      {scaleButton(up, y, "y")}
      <ColumnSelect label="Colour" {...{ keys, objective }} value={colour} onColumn={(column) => change({ colour: column })} />
      <Button aria-pressed={state.pareto} title="Runs that no other one beats in both" onClick={() => change({ pareto: !state.pareto })}>Pareto front</Button>
      {colourScale && colour && <Legend column={colour} scale={colourScale} {...{ directions }} dark={look.dark} />}
    </Points>
  );
}

interface PointsProps extends Pick<PlotProps, "table" | "through" | "state" | "change" | "hover"> {
  readonly x: Scale | null;
  readonly y: Scale | null;
  readonly tones: Float32Array | null;
  readonly look: ReturnType<typeof useLook>;
  readonly front: readonly number[];
  readonly names: readonly [string, string];
  readonly said: string;
  readonly rows: () => ReturnType<typeof rowsOf>;
  readonly children: React.ReactNode;
}

function Points({ table, through, state, change, hover, x, y, tones, look, front, names, said, rows, children }: PointsProps) {
  const place = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(place);
  const box = useMemo(() => scatterBox(width, height), [width, height]);
  const [across, up] = names;
  const drawing = useMemo<Drawing>(
    () => ({
      width, height,
      draw: (pen) => {
        if (!x || !y) return;
        drawGrid(pen, box, x, y, [across, up], look);
        drawPoints(pen, box, through, x, y, tones, look);
        if (front.length) drawFront(pen, box, front, x, y, look);
      },
    }),
    [x, y, tones, through, front, box, look, width, height, across, up],
  );
  const pointed = (event: React.PointerEvent | React.MouseEvent): string | null => {
    if (!x || !y) return null;
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const row = pointAt(box, through, x, y, event.clientX - left, event.clientY - top);
    return row < 0 ? null : table.id(row);
  };
  return (
    <PlotFigure label="Scatter" file="scatter" tools={children} {...{ said, rows, drawing }}>
      <div ref={place} className={styles.place}>
        {width > 0 && x && y && (
          <div
            className={styles.over}
            onPointerMove={(event) => hover.set(pointed(event), "chart")}
            onPointerLeave={() => hover.set(null, "chart")}
            onClick={(event) => {
              const run = pointed(event);
              if (run) change((now) => ({ selected: toggled(now.selected, run) }), { replace: true });
            }}
          >
            <Canvas drawing={drawing} label={`${counted(through.length, "run")}, ${names[1]} over ${names[0]}; their numbers are in the table that the button above shows`} />
            <Rings {...{ table, hover, state, box, x, y, look, width, height }} />
          </div>
        )}
      </div>
    </PlotFigure>
  );
}

type RingsProps = Pick<PlotProps, "table" | "hover" | "state"> & {
  readonly x: Scale;
  readonly y: Scale;
  readonly box: ReturnType<typeof scatterBox>;
  readonly look: ReturnType<typeof useLook>;
  readonly width: number;
  readonly height: number;
};

/** Rings around the runs that are selected and the one that is hovered. */
function Rings({ table, hover, state, x, y, box, look, width, height }: RingsProps) {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => hover.subscribe(again), [hover]);
  const drawing: Drawing = {
    width, height,
    draw: (pen) => {
      for (const run of [...state.selected, hover.run]) {
        const row = run === null ? undefined : table.row(run);
        if (row !== undefined) ring(pen, box, x, y, row, run === hover.run ? look.text : look.accent);
      }
    },
  };
  return <Canvas drawing={drawing} />;
}
