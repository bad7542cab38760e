/** Where an axis of a saved chart has numbers, and which. */
import { duration } from "../format";
import { linearSteps, logSteps, type Tick, tickText, tickTexts } from "../plots/scale";
import type { Extent } from "./extent";

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const LENGTHS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((many) => many),
  ...[1, 2, 5, 10, 15, 30].map((many) => many * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((many) => many * MINUTE),
  ...[1, 2, 3, 6, 12].map((many) => many * HOUR),
  ...[1, 2, 5, 7, 14, 28, 91, 182, 365].map((many) => many * DAY),
];

/** Round lengths of time from the least to the greatest, counted from `origin` on. */
export function timeSteps(low: number, high: number, about: number, origin = 0): number[] {
  const raw = (high - low) / about;
  const step = LENGTHS.find((length) => length >= raw) ?? Math.ceil(raw / (365 * DAY)) * 365 * DAY;
  const first = Math.ceil((low - origin) / step - 1e-9);
  const last = Math.floor((high - origin) / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => origin + (first + at) * step);
}

/** Of an x axis; `at` is from 0 to 1. */
export function ticksOf(axis: string, [low, high]: Extent, log: boolean, about: number): Tick[] {
  const turn = log ? Math.log10 : (value: number) => value;
  const place = (value: number) => (turn(value) - turn(low)) / (turn(high) - turn(low));
  const tick = (text: (value: number) => string) => (value: number) => ({ at: place(value), text: text(value) });
  if (log) return logSteps(low, high).map(tick(axis === "relative" ? (value) => duration(value) : axis === "wall" ? clock : tickText));
  if (axis === "relative") return timeSteps(low, high, about).map(tick((value) => (value ? duration(value) : "0")));
  if (axis !== "wall") {
    const steps = linearSteps(low, high, about);
    const texts = tickTexts(steps);
    return steps.map((value, at) => ({ at: place(value), text: texts[at] as string }));
  }
  const offset = new Date(low).getTimezoneOffset() * MINUTE; // so that days begin at midnight
  return timeSteps(low, high, about, offset % DAY).map(tick(high - low > 3 * DAY ? day : clock));
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const clock = (value: number): string => CLOCK.format(value).replace(/:00$/, "");
const day = (value: number): string => DATE.format(value);
