/** The colours and dashes that runs and groups are told apart by. */

// Told apart with every common colour vision (after Okabe and Ito, and Tol), each dark enough on white, light enough on black.
const LIGHT = [
  "#0072b2", "#d55e00", "#008f68", "#c0568f", "#b07d00", "#2b93c9",
  "#882255", "#4a3fb5", "#7d7d1f", "#2f8f83", "#9b3fa0", "#1b6b34",
] as const;
const DARK = [
  "#4da3e0", "#ff8a3d", "#3ccf9f", "#ea92c0", "#f0b429", "#7fc8f5",
  "#e0759f", "#9d93ff", "#c4c455", "#5fd0c2", "#d98ae0", "#6fd08a",
] as const;

export const COLOURS = LIGHT.length;

/** How lines are drawn; which one is a second code beside the colour. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

/** What stands on a line where colour and dashes are those of another one too. */
export const MARKS = ["none", "circle", "square", "triangle", "diamond", "cross"] as const;
export type Mark = (typeof MARKS)[number];

export const colourAt = (place: number, dark: boolean): string => (dark ? DARK : LIGHT)[place % COLOURS] as string;
