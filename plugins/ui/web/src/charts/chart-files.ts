/** A chart of curves as a picture for a file: its title, axes, lines, what they are called, and what it leaves out. */
import type { Drawing, Pen } from "../plots/pen";
import { line } from "../plots/scatter-draw";
import type { LookOf } from "../theme/signs";
import { colour } from "../theme/theme";
import { cut } from "../format";
import type { Curves } from "./curves";
import { drawCurves, type Field, placing } from "./draw";
import type { Extent } from "./extent";
import { ticksOf } from "./ticks";

export interface Picture {
  readonly title: string;
  readonly said: string; // how many points are drawn of how many
  readonly curves: Curves;
  readonly x: string;
  readonly log: { readonly x: boolean; readonly y: boolean };
  readonly across: Extent;
  readonly up: Extent;
  readonly looks: LookOf;
  readonly nameOf: (run: string) => string;
  readonly baseline: string | null;
  readonly width: number;
  readonly height: number;
}

const [LEFT, TOP, RIGHT, AXIS] = [64, 34, 20, 26]; // pixels around the curves
const [ENTRY, LINE, MOST_NAMES] = [150, 18, 60]; // of the names below
const font = (size: number, weight = "") => `${weight} ${size}px system-ui, -apple-system, "Segoe UI", sans-serif`.trim();

export function chartDrawing(picture: Picture): Drawing {
  const { curves: { curves }, width, height, x, across, up, log, looks } = picture;
  const inLine = Math.max(1, Math.floor((width - LEFT) / ENTRY));
  const names = curves.length > 1 || curves[0]?.band ? curves.slice(0, MOST_NAMES) : [];
  const lines = Math.ceil(names.length / inLine) + (curves.length > MOST_NAMES && names.length ? 1 : 0);
  const bottom = TOP + height;
  const draw = (pen: Pen) => {
    pen.textBaseline = "middle";
    text(pen, picture.title, LEFT, 16, colour("text"), font(13, "600"));
    const field: Field = {
      pen, left: LEFT, top: TOP, width: width - LEFT - RIGHT, height, ratio: 1, log: log.y,
      xOf: placing(across[0], across[1], LEFT, width - LEFT - RIGHT, log.x),
      yOf: placing(up[0], up[1], bottom, -height, log.y),
    };
    grid(field, x, across, up, log);
    drawCurves(field, curves, looks, picture.baseline);
    pen.globalAlpha = 1;
    names.forEach(({ run }, at) => {
      const [left, top] = [LEFT + (at % inLine) * ENTRY, bottom + AXIS + 12 + Math.floor(at / inLine) * LINE];
      pen.strokeStyle = looks(run).colour;
      pen.lineWidth = 2.5;
      pen.setLineDash([...(curves.length > 1 ? looks(run).dash : [])]);
      line(pen, left, top, left + 18, top);
      pen.setLineDash([]);
      text(pen, cut(picture.nameOf(run), LONGEST), left + 24, top, colour("text"), font(11));
    });
    const foot = bottom + AXIS + 12 + lines * LINE;
    if (curves.length > MOST_NAMES && names.length) text(pen, `and ${curves.length - MOST_NAMES} more`, LEFT, foot - LINE, colour("muted"), font(11));
    text(pen, picture.said, LEFT, foot, colour("muted"), font(11));
  };
  return { width, height: bottom + AXIS + lines * LINE + 26, draw };
}

function grid({ pen, left, top, width, height }: Field, x: string, across: Extent, up: Extent, log: Picture["log"]): void {
  const stroke = colour("grid");
  pen.lineWidth = 1;
  for (const tick of ticksOf(x, across, log.x, Math.max(2, Math.floor(width / 90)))) {
    const at = Math.round(left + tick.at * width) + 0.5;
    pen.strokeStyle = stroke;
    line(pen, at, top, at, top + height);
    pen.textAlign = "center";
    text(pen, tick.text, at, top + height + 13, colour("axis"), font(11));
  }
  for (const tick of ticksOf("", up, log.y, Math.max(2, Math.floor(height / 36)))) {
    const at = Math.round(top + height - tick.at * height) + 0.5;
    pen.strokeStyle = stroke;
    line(pen, left, at, left + width, at);
    pen.textAlign = "right";
    text(pen, tick.text, left - 6, at, colour("axis"), font(11));
  }
  pen.textAlign = "left";
}

function text(pen: Pen, content: string, x: number, y: number, fill: string, face: string): void {
  pen.fillStyle = fill;
  pen.font = face;
  pen.fillText(content, x, y);
}

const LONGEST = 20; // letters of a name
