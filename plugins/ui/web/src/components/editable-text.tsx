/** A short text, such as a name, that one can change where it stands. */
import { type ReactNode, useState } from "react";
import { Button, IconButton } from "./button";
import styles from "./editable.module.css";
import { formKeys } from "./form-keys";
import { ErrorNote } from "./notes";
import { useSaving } from "./use-saving";

interface EditableTextProps {
  readonly value: string;
  readonly onSave: (text: string) => Promise<unknown>;
  readonly label: string; // such as "Name of the run"
  readonly readOnly?: boolean;
  readonly children?: ReactNode; // how it is shown; the text itself where left out
}

export function EditableText({ value, onSave, label, readOnly, children }: EditableTextProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const saving = useSaving();
  const close = () => (saving.forget(), setDraft(null));
  const save = async (text: string) => {
    if (text === value || (await saving.save(() => onSave(text)))) close();
  };
  if (draft === null) {
    return (
      <span className={styles.text}>
        {children ?? <span>{value}</span>}
        {!readOnly && <IconButton small icon="edit" label={`Change: ${label}`} onClick={() => setDraft(value)} />}
      </span>
    );
  }
  return (
    <form
      className={styles.inline}
      onSubmit={(event) => (event.preventDefault(), void save(draft.trim()))}
      onKeyDown={formKeys(close)}
    >
      <input autoFocus aria-label={label} className={styles.line} value={draft} disabled={saving.busy} onChange={(event) => setDraft(event.target.value)} onFocus={(event) => event.target.select()} />
      <Button type="submit" look="primary" disabled={saving.busy || !draft.trim()}>{saving.busy ? "Saving…" : "Save"}</Button>
      <Button onClick={close} disabled={saving.busy}>Cancel</Button>
      {saving.error && <ErrorNote error={saving.error} />}
    </form>
  );
}
