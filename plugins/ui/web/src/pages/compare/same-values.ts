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

/** What a line of a patch does. */
export function lineKind(line: string): "head" | "hunk" | "added" | "removed" | "same" {
  if (/^(diff --git |index |--- |\+\+\+ |new file|deleted file|old mode|new mode|similarity |rename )/.test(line)) return "head";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
