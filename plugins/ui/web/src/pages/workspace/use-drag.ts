/** Drags the head of a column to another place; a short way is a click. */
import { type PointerEvent, type RefObject, useRef, useState } from "react";
import type { CellPlace } from "./table-row";

const SLACK = 6; // pixels that a click may move

interface Drag {
  readonly column: string;
  readonly to: number; // the place that it would get
  readonly mark: number; // where that begins, in pixels of the row
}

export function useDrag(row: RefObject<HTMLElement | null>, cells: readonly CellPlace[], onMove: (column: string, to: number) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const begun = useRef<{ readonly cell: CellPlace; readonly x: number } | null>(null);
  const moved = useRef(false); // so that letting go sorts nothing
  const look = (event: PointerEvent) => {
    const start = begun.current;
    if (!start || !row.current || (!moved.current && Math.abs(event.clientX - start.x) < SLACK)) return;
    if (!moved.current) event.currentTarget.setPointerCapture(event.pointerId);
    moved.current = true;
    const x = event.clientX - row.current.getBoundingClientRect().left;
    const peers = cells.filter((cell) => cell.stays === start.cell.stays);
    const shift = start.cell.stays ? scrolled(row.current) : 0;
    const over = peers.find((cell) => x < cell.start + shift + cell.width) ?? peers.at(-1);
    if (!over) return;
    const isAfter = x > over.start + shift + over.width / 2;
    const gap = over.index + (isAfter ? 1 : 0);
    const to = gap > start.cell.index ? gap - 1 : gap; // it leaves a gap itself
    setDrag({ column: start.cell.column, to, mark: over.start + shift + (isAfter ? over.width : 0) });
  };
  const end = (drop: boolean) => {
    if (drop && drag && begun.current && drag.to !== begun.current.cell.index) onMove(drag.column, drag.to);
    begun.current = null;
    setDrag(null);
  };
  const handlers = (cell: CellPlace) => ({
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0 || event.pointerType === "touch") return; // a finger scrolls; the list of columns moves too
      begun.current = { cell, x: event.clientX };
      moved.current = false;
    },
    onPointerMove: look,
    onPointerUp: () => end(true),
    onPointerCancel: () => end(false),
    onClickCapture: (event: React.MouseEvent) => {
      if (!moved.current) return;
      moved.current = false;
      event.stopPropagation();
    },
  });
  return { column: drag?.column ?? null, mark: drag?.mark ?? null, handlers };
}

/** How far what stays at the left is from where it would stand. */
const scrolled = (row: HTMLElement): number => row.closest("[role=grid]")?.scrollLeft ?? 0;
