import { expect, test } from "vitest";
import { NOTE, ownTags, recordedTags } from "./tags";

test("tags of people are apart from those of programs, and the note is neither", () => {
  const tags = { team: "pets", "mlflow.user": "ada", "runyard.host": "box", [NOTE]: "why", mlflowish: "x" };
  expect(ownTags(tags)).toEqual([["team", "pets"], ["mlflowish", "x"]]);
  expect(recordedTags(tags)).toEqual([["mlflow.user", "ada"], ["runyard.host", "box"]]);
});
