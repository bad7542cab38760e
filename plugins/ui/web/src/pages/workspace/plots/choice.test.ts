import { expect, test } from "vitest";
import { measuresOf } from "../../../store/objective";
import { START } from "../../../url/workspace-state";
import type { SchemaKey } from "../column-choice";
import { directionOfColumn, plotColumns } from "./choice";

const key = (name: string): SchemaKey => ({ key: `metrics.${name}@last`, kind: "metric", name, type: "number", runs: 4, varies: true }) as SchemaKey;

test("plots show first what an experiment is measured by, and in its direction", () => {
  const keys = [key("val_acc"), key("train_loss")];
  expect(plotColumns(START, keys, null).up).toBe("metrics.val_acc@last");
  const objective = { metric: "train_loss", direction: "max", guessed: false } as const;
  expect(plotColumns(START, keys, objective)).toMatchObject({ up: "metrics.train_loss@last", bar: "metrics.train_loss@last", across: "metrics.val_acc@last" });
  const { directionOf } = measuresOf([objective]);
  expect(["metrics.train_loss@last", "metrics.train_loss@mean", "params.loss", null].map((column) => directionOfColumn(column, directionOf))).toEqual(["max", "max", null, null]);
});
