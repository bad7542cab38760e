/** What `?` shows: the keys that this page answers to. */
import { Fragment } from "react";
import { Dialog } from "../components/dialog";
import { keyGroups, shownGroups } from "./keys";
import styles from "./shell.module.css";

const NAMES: Readonly<Record<string, string>> = { "mod+": "Ctrl ", "shift+": "Shift ", space: "Space", ArrowLeft: "←", ArrowRight: "→" };
const shown = (keys: string): string => keys.replace(/mod\+|shift\+|space|Arrow(Left|Right)/g, (name) => NAMES[name] ?? name);

export function Help({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Dialog label="Keys" open={open} onClose={onClose}>
      {shownGroups(keyGroups()).map((group) => (
        <Fragment key={group.title}>
          <h3 className={styles.group}>{group.title}</h3>
          <dl className={styles.keys}>
            {group.keys.map((key) => (
              <Fragment key={key.keys}>
                <dt>{shown(key.keys).split(" ").map((one) => <kbd key={one}>{one}</kbd>)}</dt>
                <dd>{key.what}</dd>
              </Fragment>
            ))}
          </dl>
        </Fragment>
      ))}
    </Dialog>
  );
}
