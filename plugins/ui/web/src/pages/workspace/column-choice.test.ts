import { expect, test } from "vitest";
import { columnTitle, defaultColumns, factors, inOrder, moved, type SchemaKey, withExperiment } from "./column-choice";
import { exampleOf } from "./filter-example";

const key = (kind: string, name: string, runs: number, varies = true): SchemaKey => ({
  key: kind === "metric" ? `metrics.${name}@last` : `params.${name}`,
  kind, name, runs, varies, type: "number", least: 0, greatest: 1, quantiles: null, values: null,
});
const KEYS = [
  key("metric", "best_accuracy", 1), key("metric", "train_loss", 12), key("metric", "accuracy", 12),
  key("param", "alpha", 12), key("param", "seed", 12, false),
];

test("what tells how good a run is comes first, then the params that differ, and last what few runs have", () => {
  expect(defaultColumns(KEYS)).toEqual([
    "metrics.accuracy@last", "params.alpha", "metrics.train_loss@last", "metrics.best_accuracy@last",
    "attributes.duration", "attributes.start_time",
  ]);
  expect(defaultColumns(KEYS, { metric: "train_loss", direction: "min", guessed: false })[0]).toBe("metrics.train_loss@last");
});

test("of several experiments the one of a run comes first, and is what runs are grouped by", () => {
  const keys = withExperiment(KEYS, 12);
  expect(defaultColumns(keys).slice(0, 3)).toEqual(["attributes.experiment_id", "metrics.accuracy@last", "params.alpha"]);
  expect([factors(keys), factors(KEYS)]).toEqual([["attributes.experiment_id", "params.alpha"], ["params.alpha"]]);
  expect(columnTitle("attributes.experiment_id")).toEqual({ name: "Experiment", note: "" });
  expect(exampleOf(keys, null, "3")).toBe("experiment_id = '3' and params.alpha < 1");
});

test("columns that stay at the left come first, and none leaves its part", () => {
  const columns = inOrder(["a", "b", "c", "d"], ["c", "b"]);
  expect(columns).toEqual(["b", "c", "a", "d"]);
  expect(moved(columns, ["c", "b"], "b", 1)).toEqual(["c", "b", "a", "d"]);
  expect(moved(columns, ["c", "b"], "b", 3)).toEqual(["c", "b", "a", "d"]);
  expect(moved(columns, ["c", "b"], "d", 0)).toEqual(["b", "c", "d", "a"]);
  expect(moved(columns, [], "b", -1)).toEqual(["b", "c", "a", "d"]);
  expect(moved(columns, [], "b", 9)).toEqual(["c", "a", "d", "b"]);
});

test("the example of a filter is one that these runs understand", () => {
  const objective = { metric: "val acc", direction: "max", guessed: true } as const;
  const accuracy = { ...key("metric", "val acc", 3), least: 0.8, greatest: 0.95 };
  expect(exampleOf([accuracy, key("param", "alpha", 3)], objective)).toBe("metrics.`val acc` > 0.88 and params.alpha < 1");
  expect(exampleOf([], null)).toBe("attributes.status = 'RUNNING'");
});
