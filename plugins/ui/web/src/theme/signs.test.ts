import { expect, test } from "vitest";
import { groupSigns, lookOf, ownSign, runSigns } from "./signs";

const ids = (count: number) => Array.from({ length: count }, (_, at) => `${(at * 2654435761).toString(16)}-${at}`);
const seen = (signs: ReturnType<typeof runSigns>) => new Set([...signs.values()].map((sign) => JSON.stringify(lookOf(sign, false))));

test("runs that are shown at once are told apart, and keep their colour whoever is beside them", () => {
  const runs = ids(100);
  const signs = runSigns(runs);
  expect(seen(signs).size).toBe(100);
  for (const run of runs) expect(signs.get(run)?.colour).toBe(ownSign(run).colour);
  expect(runSigns([...runs].reverse())).toEqual(new Map([...signs]));
  expect(runSigns([runs[5] as string]).get(runs[5] as string)).toEqual(ownSign(runs[5] as string));
});

test("groups have different colours in solid lines, and who stays keeps its own", () => {
  const first = groupSigns(["rmsprop", "adam", "sgd"], new Map());
  expect([...first.values()].map(({ colour, dash }) => [colour, dash])).toEqual([[0, 0], [1, 0], [2, 0]]);
  const next = groupSigns(["lion", "sgd", "rmsprop", "adamw"], first);
  expect([...next].map(([name, { colour }]) => [name, colour])).toEqual([["lion", 1], ["sgd", 2], ["rmsprop", 0], ["adamw", 3]]);
  expect(seen(groupSigns(ids(60), new Map())).size).toBe(60);
});
