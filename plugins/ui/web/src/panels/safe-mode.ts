/** Safe mode: `?safe=1` in any address, and this tab loads no panel until `?safe=0`. */

const KEY = "runyard.safe";

/** Reads what the address says, once at the start. */
export function startSafeMode(search: string): void {
  const said = new URLSearchParams(search).get("safe");
  if (said !== null) setSafeMode(said !== "0");
}

export const isSafeMode = (): boolean => sessionStorage.getItem(KEY) !== null;

export function setSafeMode(on: boolean): void {
  if (on) sessionStorage.setItem(KEY, "1");
  else sessionStorage.removeItem(KEY);
}
