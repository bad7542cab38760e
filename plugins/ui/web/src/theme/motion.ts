/** Motion: as the system has it, or less. Kept in this browser. */

const KEY = "runyard.motion";

export const isStill = (): boolean => localStorage.getItem(KEY) === "less";

export function startMotion(): void {
  if (isStill()) document.documentElement.dataset.motion = "less";
  else delete document.documentElement.dataset.motion;
}

export function setStill(still: boolean): void {
  if (still) localStorage.setItem(KEY, "less");
  else localStorage.removeItem(KEY);
  startMotion();
}
