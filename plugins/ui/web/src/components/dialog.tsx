/** A modal dialog: the browser's own, which keeps the focus and closes with Escape. */
import { type ReactNode, useEffect, useRef } from "react";
import { IconButton } from "./button";
import styles from "./overlay.module.css";

interface DialogProps {
  readonly label: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly bare?: boolean; // without a head
  readonly children: ReactNode;
}

export function Dialog({ label, open, onClose, bare, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (open && element && !element.open) {
      element.showModal();
      element.querySelector<HTMLElement>("input, textarea, select, [type=submit]")?.focus(); // before it was open, nothing in it could be
    }
    if (!open && element?.open) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={label}
      onClose={onClose}
      onMouseDown={(event) => event.target === dialog.current && onClose()}
    >
      {open && !bare && (
        <header className={styles.head}>
          <h2>{label}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
      )}
      {open && (bare ? children : <div className={styles.body}>{children}</div>)}
    </dialog>
  );
}
