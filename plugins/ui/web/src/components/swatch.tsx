/** A piece of a run's line, with its colour and its dashes. */
import { useDark } from "../theme/theme";
import { runColour, runDash } from "../theme/run-colours";

export function Swatch({ run }: { readonly run: string }) {
  return (
    <svg aria-hidden="true" width="16" height="12" style={{ color: runColour(run, useDark()), flex: "none" }}>
      <line x1="0" y1="6" x2="16" y2="6" stroke="currentColor" strokeWidth="3" strokeDasharray={runDash(run).join(" ") || undefined} />
    </svg>
  );
}
