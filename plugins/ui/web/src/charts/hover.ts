/** The run that the pointer is on, in the table or in a chart; whoever shows it redraws by itself. */
import { useSyncExternalStore } from "react";
import { Listeners } from "../listeners";

export type Source = "table" | "chart";

export class Hover {
  run: string | null = null;
  source: Source = "table";
  private readonly listeners = new Listeners();
  readonly subscribe = this.listeners.subscribe;

  set(run: string | null, source: Source): void {
    if (run === this.run) return;
    this.run = run;
    this.source = source;
    this.listeners.tell();
  }
}

export const useIsHovered = (hover: Hover, run: string): boolean =>
  useSyncExternalStore(hover.subscribe, () => hover.run === run);

export const useHovered = (hover: Hover): string | null => useSyncExternalStore(hover.subscribe, () => hover.run);
