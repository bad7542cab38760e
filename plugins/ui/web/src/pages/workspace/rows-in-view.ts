/** Which rows of equal height are in view; unlike a general virtualizer it keeps nothing for those that are not. */
import { type RefObject, useCallback, useLayoutEffect, useState } from "react";

export const ROW = 30; // pixels, as the custom property --row
export const HEAD = 32;
const OVERSCAN = 6; // rows above and below that are there as well

export interface RowsInView {
  readonly from: number;
  readonly to: number; // the one after the last
  readonly scrollTo: (at: number) => void;
}

export function useRowsInView(scroller: RefObject<HTMLElement | null>, count: number): RowsInView {
  const [range, setRange] = useState({ from: 0, to: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      const first = Math.floor(element.scrollTop / ROW) - OVERSCAN;
      const last = Math.ceil((element.scrollTop + element.clientHeight - HEAD) / ROW) + OVERSCAN;
      const next = { from: Math.max(first, 0), to: Math.min(Math.max(last, 0), count) };
      setRange((now) => (now.from === next.from && now.to === next.to ? now : next));
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [scroller, count]);
  const scrollTo = useCallback(
    (at: number) => {
      const element = scroller.current;
      if (!element) return;
      const top = at * ROW;
      const bottom = top + ROW + HEAD - element.clientHeight;
      if (element.scrollTop > top) element.scrollTop = top;
      else if (element.scrollTop < bottom) element.scrollTop = bottom;
    },
    [scroller],
  );
  return { ...range, to: Math.min(range.to, count), scrollTo };
}
