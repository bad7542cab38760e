/** An axis under the pointer: its name moves it, its scale is chosen, and a piece of it is brushed. */
import { Fragment, useRef, useState } from "react";
import { IconButton } from "../../../components/button";
import { Popover } from "../../../components/popover";
import { Segmented } from "../../../components/segmented";
import { brushOf, brushText, placesOfBrush } from "../../../plots/brushing";
import type { ParallelBox } from "../../../plots/parallel-draw";
import type { Scale } from "../../../plots/scale";
import type { Brush, ScaleKind } from "../../../url/plot-state";
import { titleOf } from "./column-select";
import styles from "./plots.module.css";

interface AxisHandleProps {
  readonly column: string;
  readonly at: number;
  readonly axes: readonly string[];
  readonly box: ParallelBox;
  readonly scale: Scale;
  readonly brush: Brush | null;
  readonly onAxes: (axes: readonly string[]) => void;
  readonly onScale: (kind: ScaleKind) => void;
  readonly onBrush: (brush: Brush | null) => void;
}

const LEAST = 4; // pixels that a brush has to be long

export function AxisHandle({ column, at, axes, box, scale, brush, onAxes, onScale, onBrush }: AxisHandleProps) {
  const [moved, setMoved] = useState<number | null>(null); // pixels, while the axis is dragged
  const start = useRef(0);
  const name = titleOf(column);
  const left = (box.lefts[at] as number) + (moved ?? 0);
  const step = axes.length > 1 ? (box.lefts[1] as number) - (box.lefts[0] as number) : 1;
  const moveTo = (to: number) => {
    const others = axes.filter((one) => one !== column);
    const place = Math.max(0, Math.min(others.length, to));
    if (place !== at) onAxes([...others.slice(0, place), column, ...others.slice(place)]);
  };
  return (
    <>
      <div className={styles.axis} style={{ left, maxWidth: Math.max(step - 6, 56) }} data-moved={moved !== null}>
        <button
          type="button"
          className={styles.name}
          aria-label={`Axis ${name}: drag, or press the arrow keys, to move it`}
          title={`${name}: drag to move`}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            start.current = event.clientX;
          }}
          onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && setMoved(event.clientX - start.current)}
          onPointerUp={() => {
            if (moved !== null) moveTo(at + Math.round(moved / step));
            setMoved(null);
          }}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (by) moveTo(at + by);
          }}
        >
          <span>{name.split(/(?<=[_./-])/).map((part, at) => <Fragment key={at}>{part}<wbr /></Fragment>)}</span>
        </button>
        <Popover label={`Scale of ${name}`} icon="down" side={at < axes.length / 2 ? "left" : "right"}>
          {(close) => (
            <div className={styles.menu}>
              <Segmented
                label="Scale"
                value={scale.kind}
                options={[["linear", "Linear"], ["log", "Log"], ["category", "Categories"]]}
                onValue={(kind) => (onScale(kind), close())}
              />
              <IconButton icon="close" label={`Remove the axis ${name}`} onClick={() => onAxes(axes.filter((one) => one !== column))} />
            </div>
          )}
        </Popover>
      </div>
      <BrushStrip {...{ column, name, left, box, scale, brush, onBrush }} />
    </>
  );
}

type StripProps = Pick<AxisHandleProps, "column" | "box" | "scale" | "brush" | "onBrush"> & { readonly name: string; readonly left: number };

function BrushStrip({ column, name, left, box, scale, brush, onBrush }: StripProps) {
  const [drawn, setDrawn] = useState<readonly [number, number] | null>(null);
  const height = box.bottom - box.top;
  const placeAt = (event: React.PointerEvent) => 1 - (event.clientY - event.currentTarget.getBoundingClientRect().top) / height;
  const shown = drawn ?? (brush && placesOfBrush(brush, scale));
  const [low, high] = shown ? [Math.min(...shown), Math.max(...shown)] : [0, 0];
  return (
    <div
      className={styles.strip}
      data-axis={column}
      style={{ left, top: box.top, height }}
      title={brush ? `${name}: ${brushText(brush)}; click to let all through` : `${name}: drag to filter`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = placeAt(event);
        setDrawn([at, at]);
      }}
      onPointerMove={(event) => drawn && setDrawn([drawn[0], placeAt(event)])}
      onPointerUp={() => {
        if (!drawn) return;
        const isLong = Math.abs(drawn[1] - drawn[0]) * height >= LEAST;
        setDrawn(null);
        if (isLong || brush) onBrush(isLong ? brushOf(column, scale, drawn[0], drawn[1]) : null);
      }}
    >
      {shown && <i style={{ top: `${Math.max(0, (1 - high) * 100)}%`, height: `${(Math.min(high, 1) - Math.max(low, 0)) * 100}%` }} />}
    </div>
  );
}
