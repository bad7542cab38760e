/** A text in markdown that is edited in its place. */
import { Suspense, useState } from "react";
import { IconButton } from "./button";
import styles from "./editing.module.css";
import { Form, TextArea } from "./form";
import { Markdown } from "./markdown";

interface EditableNoteProps {
  readonly label: string; // such as "Description"
  readonly value: string;
  readonly onSave: (text: string) => Promise<unknown>;
  readonly readOnly?: boolean;
  readonly empty?: string; // said where there is none
  readonly className?: string | undefined;
}

export function EditableNote({ label, value, onSave, readOnly, empty = "None yet.", className }: EditableNoteProps) {
  const [text, setText] = useState<string | null>(null); // while it is edited
  const what = label.toLowerCase();
  return (
    <section className={className} aria-label={label}>
      <div className={styles.head}>
        <h2>{label}</h2>
        {!readOnly && text === null && <IconButton small icon="edit" label={`Edit the ${what}`} onClick={() => setText(value)} />}
      </div>
      {text === null ? (
        value ? <Suspense fallback={<p>{value}</p>}><Markdown text={value} /></Suspense> : <p className={styles.muted}>{empty}</p>
      ) : (
        <Form action="Save" ready={text !== value} onSubmit={() => onSave(text)} onDone={() => setText(null)}>
          <TextArea autoFocus label={`The ${what} in markdown; Ctrl-Enter saves`} value={text} onText={setText} />
        </Form>
      )}
    </section>
  );
}
