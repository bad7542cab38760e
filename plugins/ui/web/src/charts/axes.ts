/** The axes of charts, in the colours of the theme. */
import type uPlot from "uplot";
import { duration, number } from "../format";
import { colour } from "../theme/theme";

const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';

export function axes(x: string): uPlot.Axis[] {
  const [stroke, grid] = [colour("axis"), colour("grid")];
  const look = { stroke, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const across: uPlot.Axis = { ...look, size: 26, gap: 4, space: 60 };
  if (x === "relative") across.values = (_, splits) => splits.map((value) => duration(value) || "0");
  else if (x !== "wall") across.values = (_, splits) => splits.map(tick);
  return [across, { ...look, size: 52, gap: 6, space: 28, values: (_, splits) => splits.map(tick) }];
}

/** On logarithmic axes some places have a line and no number. */
const tick = (value: number | null): string => {
  if (value === null) return "";
  return Math.abs(value) >= 10_000 ? SHORT.format(value) : number(value);
};

const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });

/** What is said of a place on the x axis. */
export function placeText(x: string, value: number): string {
  if (x === "step") return `step ${number(Math.round(value))}`;
  if (x === "relative") return duration(value);
  if (x === "wall") return new Date(value).toLocaleString("en-GB");
  return `${x.replace("metric:", "")} ${number(value)}`;
}
