/** The colour and the dash of a run: the same for the same id everywhere and always. */

// Told apart with every common colour vision (after Okabe and Ito, and Tol), each dark enough on white, light enough on black.
const LIGHT = [
  "#0072b2", "#d55e00", "#008f68", "#c0568f", "#b07d00", "#2b93c9",
  "#882255", "#4a3fb5", "#7d7d1f", "#2f8f83", "#9b3fa0", "#1b6b34",
] as const;
const DARK = [
  "#4da3e0", "#ff8a3d", "#3ccf9f", "#ea92c0", "#f0b429", "#7fc8f5",
  "#e0759f", "#9d93ff", "#c4c455", "#5fd0c2", "#d98ae0", "#6fd08a",
] as const;

/** How lines are drawn; which one is a second sign beside the colour. */
export const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3]];

function hash(text: string): number {
  let value = 2166136261;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  value ^= value >>> 15;
  return Math.imul(value, 2246822519) >>> 0;
}

export function runColour(runId: string, dark: boolean): string {
  const palette = dark ? DARK : LIGHT;
  return palette[hash(runId) % palette.length] as string;
}

export function runDash(runId: string): readonly number[] {
  return DASHES[Math.floor(hash(runId) / LIGHT.length) % DASHES.length] as readonly number[];
}
