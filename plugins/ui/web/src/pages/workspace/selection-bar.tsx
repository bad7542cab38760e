/** What one can do with the runs that are selected. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button, IconButton } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, NameForm } from "../../components/form";
import { counted } from "../../format";
import { comparedRuns } from "../../url/compare-state";
import type { Change } from "../../url/use-workspace";
import type { WorkspaceState } from "../../url/workspace-state";
import { rename, setDeleted, setTag } from "./run-changes";
import { TagForm } from "./tag-form";
import styles from "./workspace.module.css";

interface SelectionBarProps {
  readonly state: WorkspaceState;
  readonly change: Change;
  readonly nameOf: (id: string) => string;
  readonly onCompare: () => void;
}

export function SelectionBar({ state, change, nameOf, onCompare }: SelectionBarProps) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<"tag" | "name" | "delete" | null>(null);
  const { selected, deleted } = state;
  const close = () => setAsking(null);
  const gone = async () => {
    await setDeleted(client, selected, !deleted);
    change({ selected: [] }, { replace: true });
  };
  if (selected.length === 0) return null;
  const one = selected.length === 1 ? selected[0] : undefined;
  const runs = counted(selected.length, "run");
  return (
    <div role="toolbar" aria-label="Selected runs" className={styles.selection}>
      <b>{`${runs} selected`}</b>
      <IconButton small icon="close" label="Select none" className={styles.none} onClick={() => change({ selected: [] })} />
      <Button small look="primary" icon="compare" title="Compare them (c)" disabled={comparedRuns(state).length < 2} onClick={onCompare}>Compare</Button>
      <Button small icon="flag" disabled={!one} onClick={() => change({ baseline: one ?? null })}>Baseline</Button>
      <Button small icon="pin" onClick={() => change({ pinned: [...new Set([...state.pinned, ...selected])] })}>Pin</Button>
      <Button small icon="eye" onClick={() => change({ top: 0, shown: selected, hidden: [] })}>Draw only these</Button>
      <Button small icon="tag" onClick={() => setAsking("tag")}>Tag</Button>
      {one && <Button small onClick={() => setAsking("name")}>Rename</Button>}
      <Button small icon={deleted ? "reset" : "bin"} onClick={() => setAsking("delete")}>{deleted ? "Restore" : "Delete"}</Button>
      <Dialog label={`${deleted ? "Restore" : "Delete"} ${runs}`} open={asking === "delete"} onClose={close}>
        <Form action={deleted ? "Restore" : "Delete"} danger={!deleted} onSubmit={gone} onDone={close}>
          <p>{names(selected.map(nameOf))}</p>
          <p>{deleted ? "They will be among the other runs again." : "Nobody sees them among the others any more. They can be restored: they lie in the bin above the table until they are purged."}</p>
        </Form>
      </Dialog>
      <Dialog label={`Tag ${runs}`} open={asking === "tag"} onClose={close}>
        <TagForm onTag={(key, value) => setTag(client, selected, key, value)} onDone={close} />
      </Dialog>
      <Dialog label="Rename the run" open={asking === "name" && one !== undefined} onClose={close}>
        {one && <NameForm label="Name of the run" start={nameOf(one)} action="Rename" onName={(name) => rename(client, one, name, nameOf(one))} onDone={close} />}
      </Dialog>
    </div>
  );
}

const SHOWN = 5;

const names = (all: readonly string[]): string =>
  all.length > SHOWN ? `${all.slice(0, SHOWN).join(", ")} and ${all.length - SHOWN} more` : all.join(", ");
