import { expect, test } from "vitest";
import { formatObjective, guessObjective, measuresOf, objectiveOf, parseObjective, sharedObjective, TAG } from "./objective";

const metric = (name: string, runs: number) => ({ kind: "metric", name, runs });
const KEYS = [metric("train_loss", 12), metric("best_accuracy", 1), metric("epoch_seconds", 12), metric("accuracy", 12)];

test("an objective is read as it is written", () => {
  for (const text of ["max val acc", "min loss/valid"]) expect(formatObjective(parseObjective(text) as never)).toBe(text);
  for (const text of [undefined, "", "most accuracy", "max ", "maximum"]) expect(parseObjective(text)).toBeNull();
});

test("an objective is guessed by what most runs have and whose name says which way is better", () => {
  expect(guessObjective(KEYS)).toEqual({ metric: "accuracy", direction: "max", guessed: true });
  expect(guessObjective([metric("epoch_seconds", 3), metric("alpha", 3)])).toBeNull();
});

test("what people say of an experiment counts more than a name", () => {
  const said = objectiveOf({ [TAG]: "max train_loss" }, KEYS);
  expect(said).toEqual({ metric: "train_loss", direction: "max", guessed: false });
  expect([measuresOf([said as never]).directionOf("train_loss"), measuresOf([said as never]).directionOf("valid_loss"), measuresOf([]).directionOf("train_loss")]).toEqual(["max", "min", "min"]);
});

test("what people said of experiments comes first; where they contradict each other, nobody can say", () => {
  const [more, less] = [parseObjective("max train_loss"), parseObjective("min train_loss")].filter((one) => one !== null);
  const measures = measuresOf([more, less, more].filter((one) => one !== undefined));
  expect(["val_acc", "width", "train_loss"].sort(measures.order)).toEqual(["train_loss", "val_acc", "width"]);
  expect([measures.directionOf("train_loss"), measures.directionOf("val_acc")]).toEqual([null, "max"]);
  expect(["seconds", "width", "loss", "acc"].sort(measuresOf([]).order)).toEqual(["acc", "loss", "width", "seconds"]);
});

test("several experiments are measured by what each of them says, else by a guess over all runs that contradicts nobody", () => {
  const [loss, slow, worse] = ["min train_loss", "max epoch_seconds", "min accuracy"].map(parseObjective) as [never, never, never];
  expect(sharedObjective([loss, loss], KEYS)).toEqual(loss);
  const guess = { metric: "accuracy", direction: "max", guessed: true };
  expect([sharedObjective([loss, slow], KEYS), sharedObjective([loss, null], KEYS), sharedObjective([null, null], KEYS)]).toEqual([guess, guess, guess]);
  expect(sharedObjective([worse, null], KEYS)).toEqual({ ...guess, direction: "min" });
  expect([sharedObjective([worse, parseObjective("max accuracy")], KEYS), sharedObjective([], [])]).toEqual([null, null]);
});
