/** What can be changed of a version besides its texts: aliases, stage, whether it is there. */
import { useState } from "react";
import { useLocation } from "wouter";
import type { Version } from "../../api/registry";
import { deleteVersion } from "../../api/registry-changes";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { TypedConfirm } from "../../components/form";
import { Menu } from "../../components/menu";
import { useKeys } from "../../shell/keys";
import { versionsAddress } from "../../url/versions-state";
import { AliasEditor } from "./alias-editor";
import styles from "./models.module.css";
import { StageForm } from "./stage-form";
import { championOf, modelAddress, useModel, useSaved, useVersions } from "./use-models";

export function VersionActions({ version }: { readonly version: Version }) {
  const { data: model } = useModel(version.name);
  const { data: versions = [] } = useVersions(version.name);
  const [shown, setShown] = useState<"aliases" | "stage" | "delete" | null>(null);
  const close = () => setShown(null);
  const name = `v${version.version}`;
  const usesStages = versions.some((one) => one.stage !== "None"); // else few will ask for one
  const [, navigate] = useLocation();
  const champion = model && championOf(model);
  const compared = champion !== undefined && champion !== version.version;
  const compare = () => void (compared && navigate(versionsAddress(version.name, { versions: [champion, version.version], everything: false })));
  useKeys("Version", [{ keys: "c", what: "Compare with the champion", act: compare }]);
  const stage = () => setShown("stage");
  return (
    <div className={styles.actions}>
      {compared && <Button icon="compare" title="Compare with the champion (c)" onClick={compare}>{`Compare with v${champion}`}</Button>}
      <Button onClick={() => setShown("aliases")}>Aliases…</Button>
      {usesStages && <Button onClick={stage}>Stage…</Button>}
      <Menu
        label="More to do with this version"
        entries={[...(usesStages ? [] : [["Move to a stage…", stage] as const]), ["Delete this version…", () => setShown("delete")]]}
      />
      <Dialog label={`Aliases of ${name}`} open={shown === "aliases"} onClose={close}>
        {model && <AliasEditor model={model} version={version} onDone={close} />}
      </Dialog>
      <Dialog label={`Stage of ${name}`} open={shown === "stage"} onClose={close}>
        <StageForm version={version} versions={versions} onDone={close} />
      </Dialog>
      <Dialog label={`Delete ${name}`} open={shown === "delete"} onClose={close}>
        <Deletion version={version} onDone={close} />
      </Dialog>
    </div>
  );
}

function Deletion({ version, onDone }: { readonly version: Version; readonly onDone: () => void }) {
  const [, navigate] = useLocation();
  const saved = useSaved();
  const remove = async () => {
    await saved(deleteVersion(version), { leaves: true });
    navigate(modelAddress(version.name), { replace: true });
  };
  return (
    <TypedConfirm words={`${version.name} v${version.version}`} action="Delete the version" onConfirm={remove} onDone={onDone}>
      <p>
        The version goes from the registry for good; its number is never used again. Its files and its run stay where they are, and the
        history remembers it.
      </p>
      {version.aliases.length > 0 && <p>{`With it go its aliases: ${version.aliases.map((alias) => `@${alias}`).join(", ")}.`}</p>}
    </TypedConfirm>
  );
}
