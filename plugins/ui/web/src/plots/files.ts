/** Charts as files: what is drawn as CSV, the picture as PNG and SVG. */
import { type Drawing, type Pen, SvgPen } from "./pen";

export type Cell = string | number | null;

/** Quoted where a cell needs it; a text that a spreadsheet would take for a formula is not one. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(csvCell).join(",")).join("\r\n").concat("\r\n");
}

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=@\t\r]/.test(cell) || /^[+-](?![\d.])/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function svg(drawing: Drawing, background: string): Blob {
  const pen = new SvgPen(drawing.width, drawing.height);
  drawOn(pen, drawing, background);
  return new Blob([pen.text()], { type: "image/svg+xml" });
}

const SHARP = 2; // pixels of a picture for each of the page

export function png(drawing: Drawing, background: string): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [drawing.width * SHARP, drawing.height * SHARP];
  const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
  pen.scale(SHARP, SHARP);
  drawOn(pen, drawing, background);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function drawOn(pen: Pen, drawing: Drawing, background: string): void {
  pen.fillStyle = background;
  pen.fillRect(0, 0, drawing.width, drawing.height);
  drawing.draw(pen);
}

/** Hands a file to the browser, as if a link to it had been followed. */
export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name.replace(/[^\w.-]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
