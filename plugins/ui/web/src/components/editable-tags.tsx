/** Tags that one can add, change and remove where they stand. A row says what of it could not be saved. */
import { useState } from "react";
import { Button, IconButton } from "./button";
import styles from "./editable.module.css";
import { formKeys } from "./form-keys";
import { ErrorNote } from "./notes";
import { type Saving, useSaving } from "./use-saving";

interface TagActions {
  readonly onTag: (name: string, value: string | null) => Promise<unknown>; // null takes the tag away
}

interface EditableTagsProps extends TagActions {
  readonly tags: readonly (readonly [string, string])[];
  readonly readOnly?: boolean;
}

export function EditableTags({ tags, onTag, readOnly = false }: EditableTagsProps) {
  return (
    <>
      {tags.length > 0 && (
        <table className={readOnly ? `${styles.tags} ${styles.fixed}` : styles.tags}>
          <thead className="visually-hidden"><tr><th>Name</th><th>Value</th>{!readOnly && <th>Change</th>}</tr></thead>
          <tbody>
            {tags.map(([name, value]) => <Tag key={name} name={name} value={value} readOnly={readOnly} onTag={onTag} />)}
          </tbody>
        </table>
      )}
      {!readOnly && <NewTag taken={tags.map(([name]) => name)} onTag={onTag} />}
    </>
  );
}

interface TagProps extends TagActions {
  readonly name: string;
  readonly value: string;
  readonly readOnly: boolean;
}

function Tag({ name, value, readOnly, onTag }: TagProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const saving = useSaving();
  if (draft !== null) {
    const save = async () => {
      if (draft === value || (await saving.save(() => onTag(name, draft)))) setDraft(null);
    };
    return (
      <tr>
        <td colSpan={3} className={styles.whole}>
          <TagForm saving={saving} onSave={save} onCancel={() => (saving.forget(), setDraft(null))}>
            <code>{name}</code>
            <input autoFocus aria-label={`Value of ${name}`} className={styles.line} value={draft} onChange={(event) => setDraft(event.target.value)} />
          </TagForm>
        </td>
      </tr>
    );
  }
  return (
    <>
      <tr className={saving.busy ? styles.pending : undefined}>
        <th scope="row">{name}</th>
        <td className={styles.value}>{value}</td>
        {!readOnly && (
          <td>
            <IconButton small icon="edit" label={`Change the tag ${name}`} disabled={saving.busy} onClick={() => setDraft(value)} />
            <IconButton small icon="close" label={`Remove the tag ${name}`} disabled={saving.busy} onClick={() => void saving.save(() => onTag(name, null))} />
          </td>
        )}
      </tr>
      {saving.error && <tr><td colSpan={3} className={styles.whole}><ErrorNote error={saving.error} /></td></tr>}
    </>
  );
}

function NewTag({ taken, onTag }: TagActions & { readonly taken: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const saving = useSaving();
  if (!open) return <div className={styles.add}><Button small look="quiet" icon="plus" onClick={() => setOpen(true)}>Add a tag</Button></div>;
  const close = () => {
    saving.forget();
    setOpen(false);
    setName("");
    setValue("");
  };
  const save = async () => {
    const wanted = name.trim();
    const known = taken.includes(wanted) ? `there is a tag ${wanted} already; change it above` : "";
    if (await saving.save(() => (known ? Promise.reject(new Error(known)) : onTag(wanted, value)))) close();
  };
  return (
    <div className={styles.add}>
      <TagForm saving={saving} onSave={save} onCancel={close} incomplete={!name.trim()}>
        <input autoFocus aria-label="Name of the tag" placeholder="Name" className={styles.line} value={name} onChange={(event) => setName(event.target.value)} />
        <input aria-label="Value of the tag" placeholder="Value" className={styles.line} value={value} onChange={(event) => setValue(event.target.value)} />
      </TagForm>
    </div>
  );
}

interface TagFormProps {
  readonly saving: Saving;
  readonly onSave: () => Promise<void>;
  readonly onCancel: () => void;
  readonly incomplete?: boolean;
  readonly children: React.ReactNode;
}

const TagForm = ({ saving, onSave, onCancel, incomplete = false, children }: TagFormProps) => (
  <form
    className={styles.inline}
    onSubmit={(event) => (event.preventDefault(), void onSave())}
    onKeyDown={formKeys(onCancel)}
  >
    {children}
    <Button small type="submit" look="primary" disabled={saving.busy || incomplete}>{saving.busy ? "Saving…" : "Save"}</Button>
    <Button small onClick={onCancel} disabled={saving.busy}>Cancel</Button>
    {saving.error && <ErrorNote error={saving.error} />}
  </form>
);
