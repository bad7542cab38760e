/** Numbers, times and sizes as people read them. */

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const count = (value: number): string => WHOLE.format(value);

/** "1 run", "2 runs". */
export const counted = (value: number, noun: string, nouns = `${noun}s`): string => `${count(value)} ${value === 1 ? noun : nouns}`;

/** A number in few characters, with as many digits as tell it apart. */
export function number(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return minus(WHOLE.format(value));
  if (size >= 1e7 || size < 1e-4) return minus(value.toExponential(digits - 2).replace(/\.?0+e/, "e").replace("e+", "e"));
  const text = value.toPrecision(digits);
  if (text.includes("e")) return minus(WHOLE.format(value)); // more digits before the point than were asked for
  return minus(text.includes(".") ? text.replace(/\.?0+$/, "") : WHOLE.format(value));
}

/** A difference with its sign, and how much that is of what it is a difference to. */
export function delta(value: number, base: number): string {
  const difference = value - base;
  if (!Number.isFinite(difference)) return "";
  if (difference === 0) return "±0";
  const sign = difference > 0 ? "+" : "−";
  const share = base === 0 ? "" : ` ${sign}${number(Math.abs((difference / base) * 100), 2)}%`;
  return `${sign}${number(Math.abs(difference), 2)}${share}`;
}

const minus = (text: string): string => text.replace(/^-/, "−");

const UNITS: readonly [string, number][] = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1_000]];

/** Milliseconds as the two greatest units: "2h 5m", "3.2s". */
export function duration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return "";
  if (milliseconds < 1_000) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 1 : 0)}s`;
  const at = UNITS.findIndex(([, size]) => milliseconds >= size);
  const [unit, size] = UNITS[at] as [string, number];
  const [small, smallSize] = UNITS[at + 1] as [string, number];
  const rest = Math.floor((milliseconds % size) / smallSize);
  return `${Math.floor(milliseconds / size)}${unit}${rest ? ` ${rest}${small}` : ""}`;
}

/** How long ago, or the date where that is long. */
export function ago(time: number, now = Date.now()): string {
  const passed = now - time;
  if (passed < 45_000) return "just now";
  if (passed < 3_600_000) return `${Math.round(passed / 60_000)} min ago`;
  if (passed < 86_400_000) return `${Math.round(passed / 3_600_000)} h ago`;
  if (passed < 7 * 86_400_000) return `${Math.round(passed / 86_400_000)} d ago`;
  return DATE.format(time);
}

/** What a run is called: its name, else the beginning of its id. */
export const runName = (name: string | null | undefined, id: string): string => name || id.slice(0, 8);

/** The beginning of a text that has more than so many letters. */
export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** A commit in short; any other text as it is. */
export const commitName = (text: string): string => (/^[0-9a-f]{40}$/.test(text) ? text.slice(0, 10) : text);

export const moment = (time: number): string => `${DATE.format(time)}, ${TIME.format(time)}`;
export const exactly = (time: number): string => EXACT.format(time);

export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1_024)), 4);
  return `${number(bytes / 1_024 ** power, 3)} ${["", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
