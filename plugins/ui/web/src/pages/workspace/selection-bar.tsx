/** What one can do with the runs that are selected. */
import { Button, IconButton } from "../../components/button";
import { counted } from "../../format";
import type { Change } from "../../url/use-workspace";
import type { WorkspaceState } from "../../url/workspace-state";
import styles from "./workspace.module.css";

export function SelectionBar({ state, change }: { readonly state: WorkspaceState; readonly change: Change }) {
  const { selected } = state;
  if (selected.length === 0) return null;
  return (
    <div role="toolbar" aria-label="Selected runs" className={styles.selection}>
      <b>{`${counted(selected.length, "run")} selected`}</b>
      <Button small icon="flag" disabled={selected.length !== 1} onClick={() => change({ baseline: selected[0] ?? null })}>Baseline</Button>
      <Button small icon="pin" onClick={() => change({ pinned: [...new Set([...state.pinned, ...selected])] })}>Pin</Button>
      <Button small icon="eye" onClick={() => change({ top: 0, shown: selected, hidden: [] })}>Draw only these</Button>
      <IconButton small icon="close" label="Select none" onClick={() => change({ selected: [] })} />
    </div>
  );
}
