/** A question before something is done that others notice; what the server refuses is said in it. */
import { type ReactNode, useState } from "react";
import { Button } from "./button";
import styles from "./confirm.module.css";
import { Dialog } from "./dialog";
import { ErrorNote } from "./notes";

interface ConfirmProps {
  readonly label: string;
  readonly act: string; // what the button says
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onAct: () => Promise<void>;
  readonly children: ReactNode;
}

export function Confirm({ label, act, open, onClose, onAct, children }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const close = () => {
    setError(null);
    onClose();
  };
  const run = async () => {
    setBusy(true);
    try {
      await onAct();
      close();
    } catch (refused) {
      setError(refused instanceof Error ? refused : new Error(String(refused)));
    }
    setBusy(false);
  };
  return (
    <Dialog label={label} open={open} onClose={close}>
      <div className={styles.body}>
        {children}
        {error && <ErrorNote error={error} />}
        <footer className={styles.foot}>
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" autoFocus disabled={busy} onClick={run}>{act}</Button>
        </footer>
      </div>
    </Dialog>
  );
}
