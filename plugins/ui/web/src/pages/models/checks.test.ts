import { expect, test } from "vitest";
import type { Version } from "../../api/registry";
import { approvalIn, approvalText } from "./approval";
import { checksOf, type Evidence, isValidated, passedOf } from "./checks";

const MLMODEL = `flavors: {}
saved_input_example_info:
  type: dataframe
signature:
  inputs: '[{"name": "x", "type": "double"}]'
  outputs: null
`;
const run = (status: string) => ({ info: { status, run_name: "mlp-01" } }) as Evidence["run"];
const version = (change: Partial<Version> = {}): Version => ({
  name: "m", version: 1, created: 1, stage: "None", description: "good", source: "runs:/a/m", runId: "a", modelId: null,
  status: "READY", user: "ada", aliases: [], tags: [], ...change,
});
const told = (evidence: Partial<Evidence>) => {
  const checks = checksOf({ version: version(), model: { description: "", tags: [] }, run: run("FINISHED"), mlmodel: MLMODEL, ...evidence });
  return { by: Object.fromEntries(checks.map(({ name, passed }) => [name, passed])), checks };
};

test("a version of which everything is there is validated, also without tests", () => {
  const { by, checks } = told({});
  expect(by).toEqual({ Signature: true, "Input example": true, "Source run": true, Description: true, Owner: true, Tests: null });
  expect([isValidated(checks), passedOf(checks)]).toEqual([true, "5 of 5 checks"]);
});

test("what is missing or unknown is no pass", () => {
  expect(told({ mlmodel: "flavors: {}\n" }).by).toMatchObject({ Signature: false, "Input example": false });
  expect(told({ mlmodel: null }).by).toMatchObject({ Signature: null, "Input example": null });
  expect(isValidated(told({ mlmodel: null }).checks)).toBe(false);
  expect(told({ run: run("FAILED") }).by["Source run"]).toBe(false);
  expect(told({ run: null }).by["Source run"]).toBeNull();
  expect(told({ version: version({ runId: null, description: "", user: "" }) }).by).toMatchObject({ "Source run": false, Description: false, Owner: false });
  expect(told({ version: version({ user: "" }), model: { description: "", tags: [["owner", "vision"]] } }).by.Owner).toBe(true);
});

test("tags about tests count where there are some", () => {
  const { by, checks } = told({ version: version({ tags: [["tests.bias", "failed"], ["gate", "Passed"], ["testament", "x"]] }) });
  expect(by).toMatchObject({ "Tag tests.bias": false, "Tag gate": true });
  expect(by).not.toHaveProperty("Tests");
  expect([isValidated(checks), passedOf(checks)]).toEqual([false, "6 of 7 checks"]);
});

test("a decision is read as it was written, by hand too", () => {
  expect(approvalIn(approvalText("approved", " better: by 2 % "))).toEqual({ decision: "approved", comment: "better: by 2 %" });
  expect(approvalIn("Rejected")).toEqual({ decision: "rejected", comment: "" });
  expect(approvalText("requested", "")).toBe("requested");
  expect(["approvedish", "yes", "", null].map(approvalIn)).toEqual([null, null, null, null]);
});
