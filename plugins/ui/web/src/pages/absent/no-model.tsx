/** Where no model has the name of an address: what became of it, and those called much like it. */
import { formatQuery, withQuery } from "../../url/codec";
import { modelAddress, useModels } from "../models/use-models";
import { Absent, Others } from "./absent";
import { useEnd } from "./use-end";

const FEW = 8;
const BEGINNING = 4; // letters of a name, so that what is misspelt after them is found

const MODELS = { name: "All models", path: "/models" };

export default function NoModel({ name, error }: { readonly name: string; readonly error: Error }) {
  const { data } = useModels(name.slice(0, BEGINNING));
  const like = (data?.models ?? []).slice(0, FEW);
  const places = like.length ? [MODELS, { name: `Search models for “${name}”`, path: withQuery("/models", formatQuery({ q: name })) }] : [MODELS];
  return (
    <Absent kind="model" asked={name} error={error} why={useEnd(name) ?? "It may have another name now, or it is on another server."} places={places}>
      <Others
        title="Models with a name like this"
        others={like.map((one) => ({ name: one.name, path: modelAddress(one.name), note: one.aliases.map(({ alias, version }) => `@${alias} v${version}`).join(", ") }))}
      />
    </Absent>
  );
}
