/** The theme: light, dark, or what the system has. Kept in this browser. */
import { useSyncExternalStore } from "react";
import { Listeners } from "../listeners";

export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

const KEY = "runyard.theme";
const listeners = new Listeners();

function stored(): Theme {
  const found = localStorage.getItem(KEY);
  return found === "light" || found === "dark" ? found : "system";
}

function show(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Applies the stored theme, and follows the system where it decides. */
export function startTheme(): void {
  show(stored());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listeners.tell);
}

export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  show(theme);
  listeners.tell();
}

function isDark(): boolean {
  const theme = stored();
  return theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

/** The colours of tokens.css, by their names there. */
export const TOKENS = [
  "page", "surface", "raised", "sunken", "hover", "chosen", "line", "line-strong", "text", "muted", "accent", "on-accent",
  "good", "bad", "warn", "live", "mark", "grid", "axis",
] as const;

export const useTheme = (): Theme => useSyncExternalStore(listeners.subscribe, stored);
export const useDark = (): boolean => useSyncExternalStore(listeners.subscribe, isDark);

const probe = document.createElement("span");

/** The colour that a custom property has now, as a canvas takes it. */
export function colour(token: string): string {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}
