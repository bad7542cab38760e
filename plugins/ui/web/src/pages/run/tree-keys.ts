/** Arrow keys in a tree of files: up and down, into folders and out of them. */
import type { KeyboardEvent } from "react";

const ENTRIES = "[data-entry]";

export function onTreeKey(event: KeyboardEvent<HTMLElement>): void {
  const entries = [...event.currentTarget.querySelectorAll<HTMLElement>(ENTRIES)];
  const at = entries.indexOf((event.target as HTMLElement).closest<HTMLElement>(ENTRIES) as HTMLElement);
  const entry = entries[at];
  if (!entry || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = nextOf(event.key, entries, at, entry);
  if (next === undefined) return;
  event.preventDefault();
  if (next === "toggle") entry.click();
  else next?.focus();
}

/** Where a key leads; undefined where it means nothing here. */
function nextOf(key: string, entries: readonly HTMLElement[], at: number, entry: HTMLElement): HTMLElement | "toggle" | null | undefined {
  const open = entry.getAttribute("aria-expanded");
  switch (key) {
    case "ArrowDown": return entries[at + 1] ?? null;
    case "ArrowUp": return entries[at - 1] ?? null;
    case "Home": return entries[0] ?? null;
    case "End": return entries.at(-1) ?? null;
    case "ArrowRight": return open === "false" ? "toggle" : open === "true" ? (entries[at + 1] ?? null) : null;
    case "ArrowLeft": return open === "true" ? "toggle" : outside(entry);
    default: return undefined;
  }
}

/** The folder that an entry lies in. */
const outside = (entry: HTMLElement): HTMLElement | null =>
  entry.closest("ul")?.closest("li")?.querySelector<HTMLElement>(ENTRIES) ?? null;
