/** One metric as bars: run by run in the order of the table, or group by group with how its runs are spread. */
import { useCallback, useMemo, useRef } from "react";
import { useSize } from "../../../charts/use-place";
import { Segmented } from "../../../components/segmented";
import { count, counted, runName } from "../../../format";
import { BAR, type Bar, type BarKind, drawBars, TOP } from "../../../plots/bars-draw";
import type { Drawing } from "../../../plots/pen";
import { alone, spreadOf } from "../../../plots/spread";
import { useSigns } from "../../../theme/signs";
import { Canvas } from "./canvas";
import { ColumnSelect, titleOf } from "./column-select";
import { PlotFigure } from "./plot-figure";
import type { PlotProps } from "./plot-panel";
import styles from "./plots.module.css";
import { rowsOf } from "./rows-of";
import { useLook } from "./use-look";

const MOST = 200; // bars

interface Named extends Bar {
  readonly id: string; // of a run, or the name of a group
}

export function Bars({ table, version, through, groups, state, change, hover, keys, objective, plot }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const { width } = useSize(place);
  const look = useLook();
  const looks = useSigns(look.dark);
  const column = plot.bar ?? "";
  const runs = useMemo(() => [...through].filter((row) => Number.isFinite(table.number(column, row) ?? Number.NaN)).slice(0, MOST), [through, table, version, column]);
  const bars = useMemo<readonly Named[]>(() => {
    const stored = table.column(column);
    if (groups === null || !stored) {
      return runs.map((row) => {
        const id = table.id(row);
        return { id, name: runName(table.text("attributes.run_name", row), id), colour: looks(id).colour, spread: alone(table.number(column, row) as number) };
      });
    }
    return groups.slice(0, MOST).flatMap(({ name, rows }) => {
      const spread = spreadOf(stored, rows);
      return spread ? [{ id: name, name: `${name} (${count(spread.count)})`, colour: looks(name).colour, spread }] : [];
    });
  }, [runs, groups, table, version, column, looks]);
  const kind: BarKind = groups === null ? "plain" : state.box ? "box" : state.band;
  const height = TOP + bars.length * BAR + 8;
  const drawing = useMemo<Drawing>(
    () => ({ width, height, draw: (pen) => drawBars(pen, bars, kind, width, height, look) }),
    [bars, kind, width, height, look],
  );
  const rows = useCallback(
    () => (groups === null ? rowsOf(table, runs, [column]) : spreadRows(bars)),
    [groups, table, version, runs, column, bars],
  );
  const said = groups === null ? runsText(runs.length, through.length) : groupsText(bars, groups.length, kind);
  return (
    <PlotFigure
      label="Bars" file={titleOf(column)} {...{ said, rows, drawing }}
      tools={
        <>
          <ColumnSelect label="Metric" {...{ keys, objective }} value={plot.bar} metricsOnly onColumn={(next) => change({ bar: next })} />
          {groups && <Segmented label="What is shown of a group" value={state.box ? "box" : "mean"} options={[["mean", "Mean"], ["box", "Box"]]} onValue={(next) => change({ box: next === "box" })} />}
        </>
      }
    >
      <div
        ref={place}
        className={styles.scroll}
        tabIndex={0}
        role="group"
        aria-label="Bars, which scroll"
        onPointerMove={(event) => {
          const { currentTarget } = event;
          const at = Math.floor((event.clientY - currentTarget.getBoundingClientRect().top + currentTarget.scrollTop - TOP) / BAR);
          hover.set(bars[at]?.id ?? null, "chart");
        }}
        onPointerLeave={() => hover.set(null, "chart")}
      >
        {width > 0 && <div style={{ height }}><Canvas drawing={drawing} label={`${titleOf(column)}, ${said}; its numbers are in the table that the button above shows`} /></div>}
      </div>
    </PlotFigure>
  );
}

const runsText = (here: number, all: number): string =>
  here < all ? `${count(here)} of ${counted(all, "run")}, the first that have it` : counted(here, "run");

const SHOWN: Readonly<Record<BarKind, string>> = {
  plain: "", std: "mean and one standard deviation", minmax: "mean, least and greatest", box: "median, middle half, least and greatest",
};

function groupsText(bars: readonly Bar[], all: number, kind: BarKind): string {
  const runs = bars.reduce((sum, { spread }) => sum + spread.count, 0);
  const many = bars.length < all ? `${count(bars.length)} of ${counted(all, "group")}` : counted(all, "group");
  return `${many} of ${counted(runs, "run")}: ${SHOWN[kind]}`;
}

const spreadRows = (bars: readonly Named[]) => [
  ["group", "runs", "mean", "std", "min", "q1", "median", "q3", "max"],
  ...bars.map(({ id, spread: { count, mean, std, min, low, median, high, max } }) => [id, count, mean, std, min, low, median, high, max]),
];
