/** Whether the palette is open, and what it begins with: any page opens it. */
import { useSyncExternalStore } from "react";
import { Listeners } from "../listeners";

const listeners = new Listeners();
let asked: string | null = null; // null while it is closed

/** Opens the palette with a text to look for; null closes it. */
export function goAnywhere(text: string | null): void {
  asked = text;
  listeners.tell();
}

export const useAsked = (): string | null => useSyncExternalStore(listeners.subscribe, () => asked);
