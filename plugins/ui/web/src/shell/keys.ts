/** Keys: pages say which they answer to, `?` shows them all. Two keys with a space between come one after the other. */
import { useEffect, useRef } from "react";

export interface Key {
  readonly keys: string; // such as "j", "g e", "mod+k"
  readonly what: string;
  readonly act?: () => void; // none where what has the focus answers by itself
}

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly Key[];
}

const PATIENCE = 900; // milliseconds between two keys that belong together
const groups = new Set<{ current: KeyGroup }>();
let first = "";
let timer: ReturnType<typeof setTimeout> | undefined;

export const EVERYWHERE = "Everywhere";

export const keyGroups = (): readonly KeyGroup[] => [...groups].map((group) => group.current);

/** Groups as they are shown: one of each title, the page's own first, and what is the same everywhere last. */
export function shownGroups(given: readonly KeyGroup[]): readonly KeyGroup[] {
  const titles = [...new Set(given.map((group) => group.title))].sort((one, other) => Number(one === EVERYWHERE) - Number(other === EVERYWHERE));
  return titles.map((title) => ({ title, keys: given.filter((group) => group.title === title).flatMap((group) => group.keys) }));
}

/** Answers to keys while a component is there. */
export function useKeys(title: string, keys: readonly Key[]): void {
  const group = useRef<KeyGroup>({ title, keys });
  group.current = { title, keys };
  useEffect(() => {
    groups.add(group);
    return () => void groups.delete(group);
  }, []);
}

function pressed(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  return mod + (event.key === " " ? "space" : event.key.length === 1 && mod ? event.key.toLowerCase() : event.key);
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Whether a key belongs to what has the focus: space and Enter press buttons, and space ticks boxes. */
function isTaken(event: KeyboardEvent): boolean {
  return (event.key === " " || event.key === "Enter") && (event.target as HTMLElement).closest("button, a, summary, input") !== null;
}

export function startKeys(): void {
  addEventListener("keydown", (event) => {
    const key = pressed(event);
    const withMod = key.startsWith("mod+");
    if (event.altKey || event.defaultPrevented || (!withMod && (isTyping(event) || isTaken(event)))) return;
    if (document.querySelector("dialog[open]") && !withMod) return;
    const known = keyGroups().flatMap((group) => group.keys).filter((one) => one.act);
    const found = known.findLast((one) => one.keys === `${first} ${key}`) ?? known.findLast((one) => one.keys === key);
    clearTimeout(timer);
    first = !found && known.some((one) => one.keys.startsWith(`${key} `)) ? key : "";
    if (first) timer = setTimeout(() => (first = ""), PATIENCE);
    if (!found) return;
    event.preventDefault();
    found.act?.();
  });
}
