import { expect, test } from "vitest";
import { NOTE, ownerIn, ownTags, recordedTags } from "./tags";

test("tags of people are apart from those of programs, and the note is neither", () => {
  const tags = { team: "pets", "mlflow.user": "ada", "runyard.host": "box", [NOTE]: "why", mlflowish: "x" };
  expect(ownTags(tags)).toEqual([["team", "pets"], ["mlflowish", "x"]]);
  expect(recordedTags(tags)).toEqual([["mlflow.user", "ada"], ["runyard.host", "box"]]);
});

test("an experiment is whose people say, before what programs wrote, and else nobody's", () => {
  expect(ownerIn({ "mlflow.user": "ada", owner: "grace" })).toBe("grace");
  expect(ownerIn({ owner: "", "mlflow.ownerEmail": "ada@example.org" })).toBe("ada@example.org");
  expect(ownerIn({ team: "vision" })).toBeNull();
});
