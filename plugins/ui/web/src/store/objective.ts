/** What the runs of an experiment are measured by: said in a tag of the experiment, else guessed by the names of metrics. */
import { type Direction, directionOf, rankOf } from "../charts/metric-direction";

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
  const direction = first ? directionOf(first.name) : null;
  return first && direction ? { metric: first.name, direction, guessed: true } : null;
}

/** What is said of an experiment, else what is guessed. */
export const objectiveOf = (tags: Readonly<Record<string, string>>, keys: readonly Key[]): Objective | null =>
  parseObjective(tags[TAG]) ?? guessObjective(keys);

export type DirectionOf = (metric: string) => Direction;

/** Which way each metric is better, where people said it for one of them. */
export const directionsOf = (objective: Objective | null): DirectionOf =>
  (metric) => (metric === objective?.metric ? objective.direction : directionOf(metric));
