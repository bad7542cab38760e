import { expect, test } from "vitest";
import { EVERYWHERE, shownGroups } from "./keys";

const key = (keys: string) => ({ keys, what: keys, act: () => undefined });

test("the keys of the page are shown first, and each title once", () => {
  const given = [
    { title: EVERYWHERE, keys: [key("l")] }, { title: EVERYWHERE, keys: [key("?")] },
    { title: "Version", keys: [key("c")] }, { title: "Version", keys: [key("1")] },
  ];
  expect(shownGroups(given).map(({ title, keys }) => [title, ...keys.map((one) => one.keys)])).toEqual([["Version", "c", "1"], [EVERYWHERE, "l", "?"]]);
});
