/** Runs that no other one beats in both of two values. */
import type { Direction } from "../store/metric-direction";

/** Their rows, from the left on. Where nobody can say which way is better, less across and more upwards is. */
export function paretoFront(rows: Uint32Array, x: Float32Array, y: Float32Array, across: Direction, up: Direction): number[] {
  const [right, top] = [across === "max" ? 1 : -1, up === "min" ? -1 : 1];
  const known = [...rows].filter((row) => !Number.isNaN(x[row] as number) && !Number.isNaN(y[row] as number));
  const xOf = (row: number) => right * (x[row] as number);
  const yOf = (row: number) => top * (y[row] as number);
  known.sort((a, b) => xOf(b) - xOf(a) || yOf(b) - yOf(a));
  const front: number[] = [];
  let best = Number.NEGATIVE_INFINITY;
  let last = Number.NaN;
  for (const row of known) {
    const isEqual = yOf(row) === best && xOf(row) === last;
    if (yOf(row) <= best && !isEqual) continue;
    [best, last] = [yOf(row), xOf(row)];
    front.push(row);
  }
  return right > 0 ? front.reverse() : front;
}
