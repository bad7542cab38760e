import { expect, test } from "vitest";
import { formatImages, parseImages } from "../url/images-state";
import { imageAt, placeOf, stepsOf } from "./steps";

const series = (...steps: number[]) => ({
  key: "masks",
  images: steps.map((step, at) => ({ step, timestamp: at, path: `${step}.${at}.png`, preview: null })),
});

test("the steps of several series are told once, in order", () => {
  expect(stepsOf([series(0, 10, 20), series(5, 10)])).toEqual([0, 5, 10, 20]);
  expect(stepsOf([])).toEqual([]);
});

test("an image stays until the next one, and none is shown before the first", () => {
  const { images } = series(5, 10, 10, 30);
  expect(imageAt(images, 4)).toBeNull();
  expect(imageAt(images, 5)?.path).toBe("5.0.png");
  expect(imageAt(images, 12)?.path).toBe("10.2.png");
  expect(imageAt(images, 99)?.path).toBe("30.3.png");
});

test("the slider stands at the last step up to the one that is wanted", () => {
  expect(placeOf([0, 10, 20], null)).toBe(2);
  expect(placeOf([0, 10, 20], 10)).toBe(1);
  expect(placeOf([0, 10, 20], 19)).toBe(1);
  expect(placeOf([0, 10, 20], -5)).toBe(0);
  expect(placeOf([0, 10, 20], 50)).toBe(2);
});

test("an address says the step, and a broken one the last step", () => {
  expect(parseImages(formatImages({ step: 0, find: "val/m", size: "large" }))).toEqual({ step: 0, find: "val/m", size: "large" });
  expect(formatImages({ step: null, find: "", size: "medium" })).toBe("");
  expect(parseImages("step=soon&size=huge")).toEqual({ step: null, find: "", size: "medium" });
});
