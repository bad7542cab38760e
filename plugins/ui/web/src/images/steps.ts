/** Which image of a series is shown at a step. */
import type { Schemas } from "../api/client";

export type Series = Schemas["ImageSeries"];
export type StepImage = Schemas["StepImage"];

/** The steps at which any of the series has an image, in order. */
export const stepsOf = (series: readonly Series[]): readonly number[] =>
  [...new Set(series.flatMap((one) => one.images.map((image) => image.step)))].sort((a, b) => a - b);

/** The last image up to a step; of several at one step the newest. Null where the first one comes later. */
export function imageAt(images: readonly StepImage[], step: number): StepImage | null {
  let [low, high] = [0, images.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((images[middle] as StepImage).step <= step) low = middle + 1;
    else high = middle;
  }
  return images[low - 1] ?? null;
}

/** The place of the last step up to one that is wanted; the last step of all where none is wanted. */
export function placeOf(steps: readonly number[], wanted: number | null): number {
  if (wanted === null) return steps.length - 1;
  const after = steps.findIndex((step) => step > wanted);
  return Math.max(0, after < 0 ? steps.length - 1 : after - 1);
}
