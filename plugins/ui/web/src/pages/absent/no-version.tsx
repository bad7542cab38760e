/** Where a model has no such version: what became of it, and those that it has. */
import { modelAddress, useModel, useVersions, versionAddress } from "../models/use-models";
import { Absent, isMissing, Others } from "./absent";
import NoModel from "./no-model";
import { useEnd } from "./use-end";

const FEW = 8;

interface NoVersionProps {
  readonly name: string;
  readonly version: string;
  readonly error: Error;
}

export default function NoVersion({ name, version, error }: NoVersionProps) {
  const model = useModel(name);
  const { data: versions = [] } = useVersions(name);
  const end = useEnd(name, version);
  if (isMissing(error) && model.error) return <NoModel name={name} error={model.error} />;
  return (
    <Absent
      kind="version"
      asked={`${name} v${version}`}
      error={error}
      why={end ?? "The model has no version of this number."}
      places={[{ name: `All versions of ${name}`, path: modelAddress(name) }, { name: "All models", path: "/models" }]}
    >
      <Others
        title={versions.length > FEW ? "The newest versions" : "Its versions"}
        others={versions.slice(0, FEW).map((one) => ({
          name: `v${one.version}`, path: versionAddress(name, one.version),
          note: [...one.aliases.map((alias) => `@${alias}`), one.stage === "None" ? "" : one.stage].filter(Boolean).join(", "),
        }))}
      />
    </Absent>
  );
}
