/** The sign of each run and group that is shown: a colour, dashes, and a mark where these are not enough. */
import { createContext, useCallback, useContext } from "react";
import { COLOURS, colourAt, DASHES, type Mark, MARKS } from "./run-colours";

/** Places in the palettes. */
export interface Sign {
  readonly colour: number;
  readonly dash: number;
  readonly mark: number;
}

export type Signs = ReadonlyMap<string, Sign>;

function hash(text: string): number {
  let value = 2166136261;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  value ^= value >>> 15;
  return Math.imul(value, 2246822519) >>> 0;
}

/** What a run has where it is alone: the same for the same id everywhere and always. */
export const ownSign = (run: string): Sign => ({ colour: hash(run) % COLOURS, dash: Math.floor(hash(run) / COLOURS) % DASHES.length, mark: 0 });

const codeOf = ({ colour, dash, mark }: Sign): number => (mark * DASHES.length + dash) * COLOURS + colour;

/** A run keeps its colour whoever is beside it; of those whose dashes are the same too, all but one take others, then a mark. */
export function runSigns(runs: readonly string[]): Signs {
  const signs = new Map<string, Sign>();
  const taken = new Set<number>();
  const take = (run: string, sign: Sign) => {
    if (taken.has(codeOf(sign))) return false;
    taken.add(codeOf(sign));
    signs.set(run, sign);
    return true;
  };
  const rest = [...runs].sort().filter((run) => !take(run, ownSign(run)));
  for (const run of rest) if (!others(ownSign(run)).some((sign) => take(run, sign))) signs.set(run, ownSign(run));
  return signs;
}

const others = ({ colour, dash }: Sign): Sign[] =>
  MARKS.flatMap((_, mark) => DASHES.map((_, by) => ({ colour, dash: (dash + by) % DASHES.length, mark })));

/** Groups take the colours in turn, in solid lines; one that stays keeps its own, and who comes takes the first that is free. */
export function groupSigns(names: readonly string[], before: Signs): Signs {
  const kept = new Map(names.flatMap((name) => (before.has(name) ? [[name, before.get(name) as Sign] as const] : [])));
  const taken = new Set([...kept.values()].map(codeOf));
  let next = 0;
  return new Map(
    names.map((name) => {
      const known = kept.get(name);
      if (known) return [name, known];
      while (taken.has(next)) next++;
      taken.add(next);
      const dash = Math.floor(next / COLOURS);
      return [name, { colour: next % COLOURS, dash: dash % DASHES.length, mark: Math.floor(dash / DASHES.length) % MARKS.length }];
    }),
  );
}

/** The signs of what a page shows; runs that it does not know have their own. */
export const SignsContext = createContext<Signs>(new Map());

export interface Look {
  readonly colour: string;
  readonly dash: readonly number[];
  readonly mark: Mark;
}

export type LookOf = (run: string) => Look;

export function useSigns(dark: boolean): LookOf {
  const signs = useContext(SignsContext);
  return useCallback((run) => lookOf(signs.get(run) ?? ownSign(run), dark), [signs, dark]);
}

export const lookOf = ({ colour, dash, mark }: Sign, dark: boolean): Look => ({
  colour: colourAt(colour, dark),
  dash: DASHES[dash] as readonly number[],
  mark: MARKS[mark] as Mark,
});
