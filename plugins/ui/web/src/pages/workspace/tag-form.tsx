/** The name and the value of a tag. */
import { useState } from "react";
import { Button } from "../../components/button";
import styles from "./views.module.css";

export function TagForm({ onTag }: { readonly onTag: (key: string, value: string) => Promise<void> }) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [busy, setBusy] = useState(false);
  return (
    <form
      className={styles.form}
      onSubmit={async (event) => {
        event.preventDefault();
        setBusy(true);
        await onTag(key.trim(), value.trim());
        setBusy(false);
        setKey("");
        setValue("");
      }}
    >
      <input autoFocus aria-label="Name of the tag" placeholder="name" maxLength={250} value={key} onChange={(event) => setKey(event.target.value)} />
      <input aria-label="Value of the tag" placeholder="value" value={value} onChange={(event) => setValue(event.target.value)} />
      <Button small look="primary" type="submit" disabled={!key.trim() || busy}>Tag</Button>
    </form>
  );
}
