/** How strongly the order of runs by one column goes with another column, taken alone. Of ranks, so scales do not matter. */

export interface Link {
  readonly strength: number; // 0 is nothing, 1 is all
  readonly sign: -1 | 0 | 1; // of numbers: whether more of one comes with more of the other
  readonly runs: number; // that have both
}

const FEWEST = 8; // runs; of fewer, chance says as much

/** Of numbers, NaN where there is none: Spearman's rank correlation. */
export function linkOfNumbers(values: Float64Array, target: Float64Array): Link | null {
  const rows = both(target, (row) => !Number.isNaN(values[row]));
  if (rows.length < FEWEST) return null;
  const [a, b] = [ranks(rows.map((row) => values[row] as number)), ranks(rows.map((row) => target[row] as number))];
  const middle = (rows.length + 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((rank, at) => {
    const [x, y] = [rank - middle, (b[at] as number) - middle];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  if (aa === 0 || bb === 0) return null;
  const correlation = ab / Math.sqrt(aa * bb);
  return { strength: Math.abs(correlation), sign: Math.sign(correlation) as Link["sign"], runs: rows.length };
}

/**
 * Of categories, -1 where there is none: the root of epsilon squared, the share of the ranks' variance that lies between
 * categories, less what chance gives to so many of them.
 */
export function linkOfCategories(codes: Int32Array, target: Float64Array): Link | null {
  const rows = both(target, (row) => (codes[row] as number) >= 0);
  const found = new Map<number, { runs: number; sum: number }>();
  const rank = ranks(rows.map((row) => target[row] as number));
  const middle = (rows.length + 1) / 2;
  let all = 0;
  rows.forEach((row, at) => {
    const away = (rank[at] as number) - middle;
    const code = codes[row] as number;
    const { runs, sum } = found.get(code) ?? { runs: 0, sum: 0 };
    found.set(code, { runs: runs + 1, sum: sum + away });
    all += away * away;
  });
  if (rows.length < FEWEST || all === 0 || found.size < 2 || found.size > rows.length / 2) return null;
  const between = [...found.values()].reduce((total, { runs, sum }) => total + (sum * sum) / runs, 0);
  const byChance = ((found.size - 1) * (all - between)) / (rows.length - found.size);
  return { strength: Math.sqrt(Math.max(0, between - byChance) / all), sign: 0, runs: rows.length };
}

/** The rows that have a target and what is compared with it. */
function both(target: Float64Array, has: (row: number) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < target.length; row++) if (!Number.isNaN(target[row]) && has(row)) rows.push(row);
  return rows;
}

/** Places from 1 on; those of equal values are the mean of theirs. */
function ranks(values: readonly number[]): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const found = new Float64Array(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    const value = values[order[from] as number];
    while (to < order.length && values[order[to] as number] === value) to++;
    for (let at = from; at < to; at++) found[order[at] as number] = (from + to + 1) / 2;
  }
  return found;
}
