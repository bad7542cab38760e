import { expect, test } from "vitest";
import { cannotReproduce, readPackages, readPatch, repositoryPage } from "./captured";

test("packages are read with their versions, or where they are from", () => {
  const text = "# Python 3.11.9 on Linux-6.1-x86_64\nnumpy==2.1.0\n# mine==0.1 from file:///src\nother @ git+https://host/x@abc\nodd==1  # from a place that cannot be read\n";
  expect(readPackages(text)).toEqual({
    python: "3.11.9",
    platform: "Linux-6.1-x86_64",
    packages: [["numpy", "2.1.0"], ["mine", "0.1"], ["other", "git+https://host/x@abc"], ["odd", "1"]],
  });
  expect(readPackages("")).toEqual({ python: "", platform: "", packages: [] });
});

test("a patch is read file by file, with what it lacks", () => {
  const patch = "# uncommitted changes on top of abc\n# not tracked, not included: new.py\n\ndiff --git a/x.py b/x.py\n+1\ndiff --git a/y.py b/y.py\n-2\n";
  expect(readPatch(patch)).toEqual({
    notes: ["uncommitted changes on top of abc", "not tracked, not included: new.py"],
    files: [{ path: "x.py", text: "diff --git a/x.py b/x.py\n+1\n" }, { path: "y.py", text: "diff --git a/y.py b/y.py\n-2\n" }],
  });
  expect(readPatch("diff --git a/x b/x\n+1\n").files).toHaveLength(1);
  expect(readPatch("")).toEqual({ notes: [], files: [] });
});

test.each([
  ["https://github.com/ada/digits.git", "https://github.com/ada/digits"],
  ["git@github.com:ada/digits.git", "https://github.com/ada/digits"],
  ["ssh://git@host.org/ada/digits", "https://host.org/ada/digits"],
  ["file:///home/ada/digits", null],
  ["javascript:alert(1)", null],
])("%s is seen at %s", (url, page) => {
  expect(repositoryPage(url)).toBe(page);
});

test("a run can be run again where it has recorded how", () => {
  expect(cannotReproduce({ "mlflow.source.type": "PROJECT" })).toBeNull();
  expect(cannotReproduce({ "runyard.command": "python train.py" })).toBeNull();
  expect(cannotReproduce({ "runyard.command": "python train.py --token ***" })).toContain("secret");
  expect(cannotReproduce({})).toContain("has not recorded");
});
