/** A model under another name, or deleted. */
import { useState } from "react";
import { useLocation } from "wouter";
import type { Model } from "../../api/registry";
import { deleteModel, renameModel } from "../../api/registry-changes";
import { Dialog } from "../../components/dialog";
import { NameForm, TypedConfirm } from "../../components/form";
import { Menu } from "../../components/menu";
import { counted } from "../../format";
import styles from "./models.module.css";
import { modelAddress, useSaved } from "./use-models";

interface ModelActionsProps {
  readonly model: Model;
  readonly versions: number; // that go with it
}

export function ModelActions({ model, versions }: ModelActionsProps) {
  const [shown, setShown] = useState<"rename" | "delete" | null>(null);
  const close = () => setShown(null);
  return (
    <div className={styles.actions}>
      <Menu label="More to do with this model" entries={[["Rename…", () => setShown("rename")], ["Delete the model…", () => setShown("delete")]]} />
      <Dialog label={`Rename ${model.name}`} open={shown === "rename"} onClose={close}><Renaming name={model.name} onDone={close} /></Dialog>
      <Dialog label={`Delete ${model.name}`} open={shown === "delete"} onClose={close}><Deletion model={model} versions={versions} onDone={close} /></Dialog>
    </div>
  );
}

function Renaming({ name, onDone }: { readonly name: string; readonly onDone: () => void }) {
  const [, navigate] = useLocation();
  const saved = useSaved();
  const rename = async (text: string) => {
    await saved(renameModel(name, text), { leaves: true });
    navigate(modelAddress(text), { replace: true });
  };
  return (
    <NameForm label="New name" action="Rename" start={name} onName={rename} onDone={onDone}>
      <p>Versions, aliases and history go along. Whoever loads <code>{`models:/${name}/…`}</code> will not find it any more.</p>
    </NameForm>
  );
}

function Deletion({ model, versions, onDone }: ModelActionsProps & { readonly onDone: () => void }) {
  const [, navigate] = useLocation();
  const saved = useSaved();
  const remove = async () => {
    await saved(deleteModel(model.name), { leaves: true });
    navigate("/models", { replace: true });
  };
  return (
    <TypedConfirm words={model.name} action="Delete the model" onConfirm={remove} onDone={onDone}>
      <p>
        {`The model goes from the registry for good, with ${counted(versions, "version")} and all aliases. `}
        Files and runs stay where they are, and the history remembers it.
      </p>
    </TypedConfirm>
  );
}
