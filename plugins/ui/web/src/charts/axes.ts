/** The axes of charts, in the colours of the theme. */
import type uPlot from "uplot";
import { duration, number } from "../format";
import { tickTexts } from "../plots/scale";
import { colour } from "../theme/theme";

const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';

export function axes(x: string): uPlot.Axis[] {
  const [stroke, grid] = [colour("axis"), colour("grid")];
  const look = { stroke, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const across: uPlot.Axis = { ...look, size: 26, gap: 4, space: 60 };
  if (x === "relative") across.values = (_, splits) => splits.map((value) => (value ? duration(value) : "0"));
  else if (x !== "wall") across.values = (_, splits) => ticks(splits);
  return [across, { ...look, size: widthOf, gap: 6, space: 28, values: (_, splits) => ticks(splits) }];
}

/** On logarithmic axes some places have a line and no number. */
function ticks(splits: readonly (number | null)[]): string[] {
  const texts = tickTexts(splits.filter((value) => value !== null));
  return splits.map((value) => (value === null ? "" : (texts.shift() as string)));
}

const [LEAST, LETTER] = [52, 6.5]; // pixels

/** Room for the longest number of the y axis. */
const widthOf = (_: uPlot, texts: string[] | null): number => Math.max(LEAST, ...(texts ?? []).map((text) => text.length * LETTER + 12));

/** What is said of a place on the x axis. */
export function placeText(x: string, value: number): string {
  if (x === "step") return `step ${number(Math.round(value))}`;
  if (x === "relative") return duration(value);
  if (x === "wall") return new Date(value).toLocaleString("en-GB");
  return `${x.replace("metric:", "")} ${number(value)}`;
}
