import { expect, test } from "vitest";
import { below, filesPlace } from "./files-place";
import { signatureOf } from "./signature";

const WRITTEN = `flavors:
  python_function:
    loader_module: x
signature:
  inputs: '[{"type": "double", "name": "alcohol", "required": true}, {"type": "double",
    "name": "a long name, with comma", "required": false}, {"type": "long", "name":
    "it''s", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}]'
  params: '[{"name": "temperature", "default": 0.5, "shape": null, "type": "double"}]'
type_hint_from_example: false
`;

test("a signature is read as clients write it, folded and with quotes", () => {
  expect(signatureOf(WRITTEN)).toEqual({
    inputs: [
      { name: "alcohol", type: "double", note: "" },
      { name: "a long name, with comma", type: "double", note: "optional" },
      { name: "it's", type: "long", note: "" },
    ],
    outputs: [{ name: "–", type: "float64 (any, 3)", note: "" }],
    params: [{ name: "temperature", type: "double", note: "default 0.5" }],
  });
});

test("a text between double quotes is read with its escapes", () => {
  const text = 'signature:\n  inputs: "[{\\"type\\": \\"string\\",\\\n    \\ \\"name\\": \\"a\\"}]"\n  outputs: null\n';
  expect(signatureOf(text)?.inputs).toEqual([{ name: "a", type: "string", note: "" }]);
});

test("no signature and one of another form are none", () => {
  expect(signatureOf("flavors: {}\n")).toBeNull();
  expect(signatureOf("signature:\n  inputs: '[{oops'\n")).toBeNull();
  expect(signatureOf("")).toBeNull();
});

test("the files of a version are those of its run or of its logged model", () => {
  const id = `m-${"a".repeat(32)}`;
  expect(filesPlace({ source: "runs:/abc/deep/model/", modelId: null })).toEqual({ owner: { run_id: "abc" }, root: "deep/model" });
  expect(filesPlace({ source: `models:/${id}`, modelId: null })).toEqual({ owner: { model_id: id }, root: "" });
  expect(filesPlace({ source: "s3://bucket/x", modelId: id })).toEqual({ owner: { model_id: id }, root: "" });
  expect(filesPlace({ source: "s3://bucket/x", modelId: null })).toBeNull();
  expect([below("", "MLmodel"), below("model", "MLmodel")]).toEqual(["MLmodel", "model/MLmodel"]);
});
