/** The run that the pointer is on, in the table or in a chart; whoever shows it redraws by itself. */
import { useSyncExternalStore } from "react";

export type Source = "table" | "chart";

export class Hover {
  run: string | null = null;
  source: Source = "table";
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(run: string | null, source: Source): void {
    if (run === this.run) return;
    this.run = run;
    this.source = source;
    for (const listener of this.listeners) listener();
  }
}

export const useIsHovered = (hover: Hover, run: string): boolean =>
  useSyncExternalStore(hover.subscribe, () => hover.run === run);

export const useHovered = (hover: Hover): string | null => useSyncExternalStore(hover.subscribe, () => hover.run);
