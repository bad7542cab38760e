import { expect, test } from "vitest";
import { parseVersions, versionsAddress } from "./versions-state";

test("the base comes first, and the champion is the base where none is named", () => {
  expect(parseVersions("v=2,3,5&base=3", 5).versions).toEqual([3, 2, 5]);
  expect(parseVersions("v=2,3,5", 5).versions).toEqual([5, 2, 3]);
  expect(parseVersions("v=2,3", 5).versions).toEqual([2, 3]);
  expect(parseVersions("v=2,3&base=9", undefined).versions).toEqual([2, 3]);
});

test("what is no version is left out", () => {
  expect(parseVersions("v=2,x,2,0,-1,3.5,7&all=yes", undefined)).toEqual({ versions: [2, 7], everything: true });
  expect(parseVersions("", undefined)).toEqual({ versions: [], everything: false });
});

test("an address is read as it was written", () => {
  const address = versionsAddress("a/b c", { versions: [3, 2], everything: true });
  expect(address).toBe("/models/a%2Fb%20c/compare?v=3,2&base=3&all=yes");
  expect(parseVersions(address.split("?")[1] ?? "", 2)).toEqual({ versions: [3, 2], everything: true });
});
