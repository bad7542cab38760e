import { expect, test } from "vitest";
import { addressOfNode, placed } from "./lineage-layout";

const node = (id: string, kind: "dataset" | "run" | "model" | "version" = "run", found = true) => ({ id, kind, label: id, found, details: {} });
const edge = (source: string, target: string) => ({ source, target, role: "used", context: null });

test("what something came from is at its left, however long the way", () => {
  const nodes = ["v", "run", "data", "other", "model"].map((id) => node(id));
  const edges = [edge("data", "run"), edge("run", "model"), edge("model", "v"), edge("run", "v"), edge("other", "run")];
  expect(placed({ nodes, edges }).map((one) => [one.node.id, one.column, one.row])).toEqual([
    ["v", 3, 0], ["run", 1, 0], ["data", 0, 0], ["other", 0, 1], ["model", 2, 0],
  ]);
});

test("a circle has an end", () => {
  const nodes = [node("a"), node("b")];
  expect(placed({ nodes, edges: [edge("a", "b"), edge("b", "a")] })).toHaveLength(2);
});

test("runs and versions have pages, what cannot be seen has none", () => {
  expect(addressOfNode(node("run:abc"))).toBe("/runs/abc/overview");
  expect(addressOfNode(node("version:my model:3", "version"))).toBe("/models/my%20model/versions/3/overview");
  expect(addressOfNode(node("dataset:a:b", "dataset"))).toBeNull();
  expect(addressOfNode(node("run:abc", "run", false))).toBeNull();
});
