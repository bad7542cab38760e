/** Runs that have the same text, together. */

export interface Same {
  readonly text: string | null;
  readonly places: readonly number[]; // in the order of the runs
}

/** The different texts in the order in which runs first have them. */
export function sameValues(values: readonly (string | null)[]): readonly Same[] {
  const found = new Map<string | null, number[]>();
  for (const [at, text] of values.entries()) {
    const places = found.get(text);
    if (places) places.push(at);
    else found.set(text, [at]);
  }
  return [...found].map(([text, places]) => ({ text, places }));
}
