/** What the runs of an experiment are measured by: said in a tag of the experiment, else guessed by the names of metrics. */
import { type Direction, guessedDirection, rankOf } from "./metric-direction";

export interface Objective {
  readonly metric: string;
  readonly direction: "max" | "min";
  readonly guessed: boolean;
}

/** The tag that says it: `max val_acc`, `min loss`. */
export const TAG = "runyard.objective";

export function parseObjective(text: string | undefined): Objective | null {
  const [, word, metric] = /^(max|min)\s+(\S.*?)\s*$/.exec(text ?? "") ?? [];
  return metric && (word === "max" || word === "min") ? { metric, direction: word, guessed: false } : null;
}

export const formatObjective = ({ metric, direction }: Pick<Objective, "metric" | "direction">): string => `${direction} ${metric}`;

interface Key {
  readonly kind: string;
  readonly name: string;
  readonly runs: number;
}

const UNKNOWN = 2; // the rank of metrics of which no name says which way they are better

/** The metric that most likely tells how good a run is; null where no name says which way it is better. */
export function guessObjective(keys: readonly Key[]): Objective | null {
  const metrics = keys.filter(({ kind, name }) => kind === "metric" && rankOf(name) < UNKNOWN);
  const most = Math.max(0, ...metrics.map(({ runs }) => runs));
  const [first] = metrics
    .filter(({ runs }) => runs * 4 >= most)
    .sort((a, b) => rankOf(a.name) - rankOf(b.name) || b.runs - a.runs || a.name.localeCompare(b.name));
  const direction = first ? guessedDirection(first.name) : null;
  return first && direction ? { metric: first.name, direction, guessed: true } : null;
}

/** What is said of an experiment, else what is guessed. */
export const objectiveOf = (tags: Readonly<Record<string, string>>, keys: readonly Key[]): Objective | null =>
  parseObjective(tags[TAG]) ?? guessObjective(keys);

/** What the runs of several experiments are measured by: what is said of each of them, else a guess over all their runs. */
export function sharedObjective(said: readonly (Objective | null)[], keys: readonly Key[]): Objective | null {
  const [first] = said;
  if (first && said.every((one) => one?.metric === first.metric && one.direction === first.direction)) return first;
  const guess = guessObjective(keys);
  const direction = guess && measuresOf(said.filter((one) => one !== null)).directionOf(guess.metric);
  return guess && direction ? { ...guess, direction } : null;
}

export type DirectionOf = (metric: string) => Direction;

/** How metrics are judged. */
export interface Measures {
  readonly said: readonly Objective[];
  readonly directionOf: DirectionOf;
  readonly order: (a: string, b: string) => number; // what matters most first
}

/** By what people said of the experiments, else by names; nobody can say which way is better where two contradict each other. */
export function measuresOf(objectives: readonly Objective[]): Measures {
  const said = new Map<string, Direction>();
  for (const { metric, direction } of objectives) said.set(metric, said.has(metric) && said.get(metric) !== direction ? null : direction);
  const place = (metric: string): number => (said.has(metric) ? -1 : rankOf(metric));
  return {
    said: objectives,
    directionOf: (metric) => said.has(metric) ? (said.get(metric) ?? null) : guessedDirection(metric),
    order: (a, b) => place(a) - place(b) || a.localeCompare(b),
  };
}
