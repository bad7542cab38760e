/** A piece of a run's line, with its colour, its dashes and its mark. */
import { useSigns } from "../theme/signs";
import { useDark } from "../theme/theme";
import type { Mark } from "../theme/run-colours";

const SHAPES: Readonly<Record<Mark, string | null>> = {
  none: null,
  circle: "M4.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0",
  square: "M5 3h6v6h-6z",
  triangle: "M8 2l4 7h-8z",
  diamond: "M8 1.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z",
  cross: "M4.5 3.5l1 -1l2.5 2.5l2.5 -2.5l1 1l-2.5 2.5l2.5 2.5l-1 1l-2.5 -2.5l-2.5 2.5l-1 -1l2.5 -2.5z",
};

export function Swatch({ run }: { readonly run: string }) {
  const { colour, dash, mark } = useSigns(useDark())(run);
  const shape = SHAPES[mark];
  return (
    <svg aria-hidden="true" width="16" height="12" data-sign={`${colour} ${dash.join(" ")} ${mark}`} style={{ color: colour, flex: "none" }}>
      <line x1="0" y1="6" x2="16" y2="6" stroke="currentColor" strokeWidth="3" strokeDasharray={dash.join(" ") || undefined} />
      {shape && <path d={shape} fill="currentColor" />}
    </svg>
  );
}
