import { expect, test } from "vitest";
import { requirementsOf, rowsOf } from "./compare-rows";

const versions = [new Map([["lr", "0.1"], ["solver", "adam"]]), new Map([["lr", "0.2"], ["solver", "adam"], ["seed", "7"]]), null];

test("what differs is shown, and what is not known makes no difference", () => {
  expect(rowsOf(versions, false)).toEqual([
    { key: "lr", values: ["0.1", "0.2", null] },
    { key: "seed", values: [null, "7", null] },
  ]);
  expect(rowsOf(versions, true).map((row) => row.key)).toEqual(["lr", "solver", "seed"]);
  expect(rowsOf([versions[0] ?? null, null], false)).toEqual([]);
});

test("requirements are read without comments, whatever is asked of a package", () => {
  const text = "numpy==2.1.0\n# by hand\nscikit-learn >=1.5,<2  # for the tree\nray[default]\n-r more.txt\n";
  expect([...requirementsOf(text)]).toEqual([
    ["numpy", "==2.1.0"], ["scikit-learn", ">=1.5,<2"], ["ray[default]", "any version"], ["-r", "more.txt"],
  ]);
});
