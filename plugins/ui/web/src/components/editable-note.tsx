/** A note in markdown that one can change where it stands. What could not be saved is kept in the field, with the reason. */
import { Suspense, useState } from "react";
import { Button } from "./button";
import styles from "./editable.module.css";
import { formKeys } from "./form-keys";
import { Markdown } from "./markdown";
import { ErrorNote } from "./notes";
import { useSaving } from "./use-saving";

interface EditableNoteProps {
  readonly value: string;
  readonly onSave: (text: string) => Promise<unknown>; // an empty text takes the note away
  readonly readOnly?: boolean;
  readonly label?: string; // what the note is of, such as "Note of the run"
}

export function EditableNote({ value, onSave, readOnly, label = "Note" }: EditableNoteProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [sent, setSent] = useState<string | null>(null); // shown while the server is told
  const saving = useSaving();
  const save = async (text: string) => {
    setDraft(null);
    if (text === value) return;
    setSent(text);
    if (!(await saving.save(() => onSave(text)))) setDraft(text);
    setSent(null);
  };
  if (draft !== null) {
    return (
      <>
        {saving.error && <ErrorNote error={saving.error} />}
        <NoteForm label={label} draft={draft} onDraft={setDraft} onSave={() => void save(draft)} onCancel={() => (saving.forget(), setDraft(null))} />
      </>
    );
  }
  const text = sent ?? value;
  const edit = () => setDraft(value);
  if (!text) {
    return readOnly ? null : <Button small look="quiet" icon="edit" disabled={saving.busy} onClick={edit}>Add a note</Button>;
  }
  return (
    <div className={styles.note}>
      <div className={readOnly ? undefined : styles.shown} aria-busy={saving.busy}>
        <Suspense fallback={<p>{text}</p>}>
          <Markdown text={text} />
        </Suspense>
      </div>
      {!readOnly && <Button small look="quiet" icon="edit" aria-label={`Edit: ${label}`} className={styles.act} disabled={saving.busy} onClick={edit}>{saving.busy ? "Saving…" : "Edit"}</Button>}
    </div>
  );
}

interface NoteFormProps {
  readonly label: string;
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  readonly onSave: () => void;
  readonly onCancel: () => void;
}

function NoteForm({ label, draft, onDraft, onSave, onCancel }: NoteFormProps) {
  const [looks, setLooks] = useState(false);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => (event.preventDefault(), onSave())}
      onKeyDown={formKeys(onCancel)}
    >
      {looks ? (
        <div className={styles.preview}><Suspense fallback={<p>{draft}</p>}><Markdown text={draft} /></Suspense></div>
      ) : (
        <textarea autoFocus aria-label={label} className={styles.area} value={draft} onChange={(event) => onDraft(event.target.value)} />
      )}
      <div className={styles.buttons}>
        <Button type="submit" look="primary">Save</Button>
        <Button onClick={onCancel}>Cancel</Button>
        <Button look="quiet" aria-pressed={looks} onClick={() => setLooks(!looks)}>Preview</Button>
        <small>Markdown; Ctrl Enter saves</small>
      </div>
    </form>
  );
}
