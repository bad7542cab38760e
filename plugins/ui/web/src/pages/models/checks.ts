/** What should hold before a version is used, found out from what is there; nothing here keeps anybody from anything. */
import type { Schemas } from "../../api/client";
import type { Model, Version } from "../../api/registry";
import { signatureOf } from "./signature";

export interface Check {
  readonly name: string;
  readonly passed: boolean | null; // null: it cannot be told
  readonly why: string;
}

export interface Evidence {
  readonly version: Version;
  readonly model: Pick<Model, "description" | "tags"> | undefined;
  readonly run: Schemas["Run"] | null | undefined; // null: it is not there any more; undefined: not read yet
  readonly mlmodel: string | null | undefined; // null: it cannot be seen
}

/** Tags that tell how tests went. */
const TESTS = /^(tests?|gates?|validation(_status)?)([._/ -].*)?$/i;
const GOOD = /^(passed|pass|ok|green|true|yes|success|succeeded|approved)$/i;

export function checksOf({ version, model, run, mlmodel }: Evidence): readonly Check[] {
  const owner = [...version.tags, ...(model?.tags ?? [])].find(([key]) => key.toLowerCase() === "owner")?.[1];
  const tests = version.tags.filter(([key]) => TESTS.test(key));
  return [
    fileCheck("Signature", mlmodel, (text) => signatureOf(text) !== null, "says what it takes and gives"),
    fileCheck("Input example", mlmodel, (text) => /^saved_input_example_info:/m.test(text), "an example of its input is saved with it"),
    runCheck(version, run),
    { name: "Description", passed: Boolean(version.description), why: version.description ? "says what is special about it" : "nobody has described this version" },
    owner
      ? { name: "Owner", passed: true, why: `${owner}, by the tag owner` }
      : { name: "Owner", passed: Boolean(version.user), why: version.user ? `${version.user}, who registered it` : "no tag owner, and nobody knows who registered it" },
    ...(tests.length > 0
      ? tests.map(([key, value]) => ({ name: `Tag ${key}`, passed: GOOD.test(value.trim()), why: value || "empty" }))
      : [{ name: "Tests", passed: null, why: "no tag such as tests=passed tells of any" }]),
  ];
}

function fileCheck(name: string, mlmodel: string | null | undefined, holds: (text: string) => boolean, good: string): Check {
  if (mlmodel === undefined) return { name, passed: null, why: "being looked up" };
  if (mlmodel === null) return { name, passed: null, why: "its file MLmodel cannot be seen from here" };
  return holds(mlmodel) ? { name, passed: true, why: good } : { name, passed: false, why: "its file MLmodel has none" };
}

function runCheck({ runId }: Version, run: Schemas["Run"] | null | undefined): Check {
  const name = "Source run";
  if (runId === null) return { name, passed: false, why: "it comes from no run" };
  if (run === undefined) return { name, passed: null, why: "being looked up" };
  if (run === null) return { name, passed: null, why: "the run cannot be seen from here" };
  const { status, run_name: called } = run.info;
  return { name, passed: status === "FINISHED", why: status === "FINISHED" ? `${called} finished` : `${called} is ${status.toLowerCase()}` };
}

/** Whether all that can be told is good, where everything but tests can be told. */
export const isValidated = (checks: readonly Check[]): boolean => checks.every(({ name, passed }) => passed === true || (passed === null && name === "Tests"));

export const passedOf = (checks: readonly Check[]): string => {
  const counted = checks.filter(({ name, passed }) => passed !== null || name !== "Tests");
  return `${counted.filter(({ passed }) => passed).length} of ${counted.length} checks`;
};
