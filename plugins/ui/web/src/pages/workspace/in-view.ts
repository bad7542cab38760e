/** Which rows, of equal height, and which columns are in view; nothing is kept for those that are not. */
import { type RefObject, useCallback, useLayoutEffect, useState } from "react";
import { flushSync } from "react-dom";
import type { CellPlace } from "./table-row";

export const ROW = 30; // pixels, as the custom property --row
export const HEAD = 32;
const ROWS_BEYOND = 6; // above and below those that are seen
const COLUMNS_BEYOND = 2;
const REST = 200; // milliseconds without scrolling after which it has ended

/** The first of them and the one after the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

interface InView {
  readonly rows: Span;
  readonly isScrolling: boolean;
  readonly columns: Span; // among the places
  readonly scrollTo: (row: number) => void;
}

/** `places` lie one behind the other; the first ones may stay at the left and are none of the columns that are told. */
export function useInView(scroller: RefObject<HTMLElement | null>, count: number, places: readonly CellPlace[]): InView {
  const [[rows, columns], setSpans] = useState<readonly [Span, Span]>([{ from: 0, to: 0 }, { from: 0, to: 0 }]);
  const [isScrolling, setScrolling] = useState(false);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let resting: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const { scrollTop, scrollLeft, clientHeight, clientWidth } = element;
      const next = [rowsIn(scrollTop, clientHeight, count), columnsIn(scrollLeft, clientWidth, places)] as const;
      setSpans((now) => (next.every(({ from, to }, at) => from === now[at]?.from && to === now[at]?.to) ? now : next));
    };
    const follow = () => {
      clearTimeout(resting);
      resting = setTimeout(() => setScrolling(false), REST);
      takeFocus(element);
      flushSync(() => { // in this frame, or empty rows would be seen in it
        setScrolling(true);
        look();
      });
    };
    look();
    element.addEventListener("scroll", follow, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      clearTimeout(resting);
      setScrolling(false);
      element.removeEventListener("scroll", follow);
      observer.disconnect();
    };
  }, [scroller, count, places]);
  const scrollTo = useCallback(
    (row: number) => {
      const element = scroller.current;
      if (!element) return;
      const top = row * ROW;
      const bottom = top + ROW + HEAD - element.clientHeight;
      if (element.scrollTop > top) element.scrollTop = top;
      else if (element.scrollTop < bottom) element.scrollTop = bottom;
    },
    [scroller],
  );
  return { rows: { from: rows.from, to: Math.min(rows.to, count) }, columns, isScrolling, scrollTo };
}

/** A row's element is about to become another run's: what was focused in it must not act on that one. */
function takeFocus(scroller: HTMLElement): void {
  const focused = document.activeElement?.closest("[role=rowheader], [role=gridcell]");
  if (focused && scroller.contains(focused)) scroller.focus({ preventScroll: true });
}

/** Always as many rows, as long as there are so many, so that each element of a row can be filled with another one. */
export function rowsIn(top: number, height: number, count: number): Span {
  const many = Math.min(Math.ceil((height - HEAD) / ROW) + 1 + 2 * ROWS_BEYOND, count);
  const from = Math.min(Math.max(Math.floor(top / ROW) - ROWS_BEYOND, 0), count - many);
  return { from, to: from + many };
}

export function columnsIn(left: number, width: number, places: readonly CellPlace[]): Span {
  const staying = places.findIndex((place) => !place.stays);
  if (staying < 0) return { from: places.length, to: places.length };
  const hidden = (places[staying] as CellPlace).start; // what stays covers so much at the left
  const first = places.findIndex((place) => !place.stays && place.start + place.width > left + hidden);
  if (first < 0) return { from: places.length, to: places.length };
  const after = places.findIndex((place) => !place.stays && place.start >= left + width);
  return {
    from: Math.max(first - COLUMNS_BEYOND, staying),
    to: Math.min((after < 0 ? places.length : after) + COLUMNS_BEYOND, places.length),
  };
}

/**
 * The rows of a span as their elements lie in the page. While one scrolls each element keeps its place there and is
 * filled with another run, which costs far less than to make or move one; at rest they lie as they are read.
 */
export function laidOut({ from, to }: Span, isScrolling: boolean): number[] {
  const many = to - from;
  const first = isScrolling ? (many - (from % many)) % many : 0;
  return Array.from({ length: many }, (_, place) => from + ((place + first) % many));
}
