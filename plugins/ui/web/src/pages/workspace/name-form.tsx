/** A name to type, and a button that takes it. */
import { useState } from "react";
import { Button } from "../../components/button";
import styles from "./views.module.css";

interface NameFormProps {
  readonly label: string;
  readonly act: string;
  readonly start?: string;
  readonly onName: (name: string) => Promise<void> | void;
}

export function NameForm({ label, act, start = "", onName }: NameFormProps) {
  const [name, setName] = useState(start);
  const [busy, setBusy] = useState(false);
  const wanted = name.trim();
  return (
    <form
      className={styles.form}
      onSubmit={async (event) => {
        event.preventDefault();
        if (!wanted || busy) return;
        setBusy(true);
        await onName(wanted);
        setBusy(false);
      }}
    >
      <input autoFocus aria-label={label} placeholder={label} maxLength={250} value={name} onChange={(event) => setName(event.target.value)} />
      <Button small look="primary" type="submit" disabled={!wanted || wanted === start || busy}>{act}</Button>
    </form>
  );
}
