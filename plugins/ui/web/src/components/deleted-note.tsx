/** Says that something was deleted while the server still has it, and brings it back. */
import type { ReactNode } from "react";
import { Button } from "./button";
import { ErrorNote } from "./notes";
import styles from "./notes.module.css";
import { useSaving } from "./use-saving";

interface DeletedNoteProps {
  readonly children: ReactNode; // what was deleted, and when
  readonly onRestore: () => Promise<unknown>;
}

export function DeletedNote({ children, onRestore }: DeletedNoteProps) {
  const { busy, error, save } = useSaving();
  return (
    <div role="status" className={styles.deleted}>
      <p>{children}</p>
      <Button small icon="reset" disabled={busy} onClick={() => void save(onRestore)}>Restore</Button>
      {error && <ErrorNote error={error} />}
    </div>
  );
}
