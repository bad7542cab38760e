/** Tags that are set, changed and taken away in their place. */
import { useState } from "react";
import { count } from "../format";
import { Button, IconButton } from "./button";
import styles from "./editing.module.css";
import { Form, TextField } from "./form";

interface TagListProps {
  readonly tags: readonly (readonly [string, string])[];
  readonly onSave: (key: string, value: string | null) => Promise<unknown>; // null takes it away
  readonly readOnly?: boolean;
  readonly title?: string;
  readonly className?: string | undefined;
}

const NEW = Symbol("a tag that is not there yet");

export function TagList({ tags, onSave, readOnly, title = "Tags", className }: TagListProps) {
  const [edited, setEdited] = useState<string | typeof NEW | null>(null);
  const done = () => setEdited(null);
  return (
    <section className={className} aria-label={title}>
      <div className={styles.head}>
        <h2>{title} <small>{count(tags.length)}</small></h2>
        {!readOnly && <IconButton small icon="plus" label="Add a tag" onClick={() => setEdited(NEW)} />}
      </div>
      {edited === NEW && <div className={styles.editor}><TagForm onSave={onSave} onDone={done} /></div>}
      {tags.length === 0 && edited === null && <p className={styles.muted}>None yet.</p>}
      {tags.length > 0 && (
        <table className={styles.tags}>
          <thead className="visually-hidden"><tr><th>Name</th><th>Value</th></tr></thead>
          <tbody>
            {tags.map(([key, value]) => edited === key ? (
              <tr key={key}><td colSpan={2}><TagForm known={[key, value]} onSave={onSave} onDone={done} /></td></tr>
            ) : (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td>
                  <div className={styles.value}>
                    <span>{value}</span>
                    {!readOnly && <IconButton small icon="edit" label={`Edit the tag ${key}`} onClick={() => setEdited(key)} />}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface TagFormProps extends Pick<TagListProps, "onSave"> {
  readonly known?: readonly [string, string];
  readonly onDone: () => void;
}

function TagForm({ known, onSave, onDone }: TagFormProps) {
  const [key, setKey] = useState(known?.[0] ?? "");
  const [value, setValue] = useState(known?.[1] ?? "");
  const [gone, setGone] = useState(false);
  return (
    <Form
      action={gone ? "Take the tag away" : "Save"}
      danger={gone}
      ready={gone || (key.trim() !== "" && value !== known?.[1])}
      onSubmit={() => onSave(key.trim(), gone ? null : value)}
      onDone={onDone}
      also={known && !gone && <Button small look="quiet" onClick={() => setGone(true)}>Delete…</Button>}
    >
      {!known && <TextField autoFocus label="Name" value={key} onText={setKey} />}
      {gone ? <p>{`The tag ${key} and its value will be gone.`}</p> : <TextField autoFocus={known !== undefined} label={known ? `Value of ${key}` : "Value"} value={value} onText={setValue} />}
    </Form>
  );
}
