/** What was just done, at the foot of the window for a while, and how to undo it. */
import { useSyncExternalStore } from "react";
import { asError } from "../as-error";
import { Listeners } from "../listeners";
import { Button, IconButton } from "./button";
import styles from "./toast.module.css";

export interface Toast {
  readonly text: string;
  readonly undo?: () => Promise<void>;
}

const SHOWN = 10_000; // milliseconds
const listeners = new Listeners();
let current: Toast | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says what was done; what was said before makes room for it. */
export function say(toast: Toast | null): void {
  clearTimeout(timer);
  current = toast;
  if (toast) timer = setTimeout(() => say(null), SHOWN);
  listeners.tell();
}

export function Toasts() {
  const toast = useSyncExternalStore(listeners.subscribe, () => current);
  const undo = async () => {
    say(null);
    try {
      await toast?.undo?.();
    } catch (error) {
      say({ text: `This could not be undone: ${asError(error).message}` });
    }
  };
  return (
    <div role="status" className={styles.place}>
      {toast && (
        <div className={styles.toast}>
          <span>{toast.text}</span>
          {toast.undo && <Button small onClick={undo}>Undo</Button>}
          <IconButton small icon="close" label="Close" onClick={() => say(null)} />
        </div>
      )}
    </div>
  );
}
