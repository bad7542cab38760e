/** Forms: lines and areas under their labels, and the buttons at the end, which show what the server refuses. */
import { type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes, useId, useState } from "react";
import { Button } from "./button";
import { formKeys } from "./form-keys";
import styles from "./form.module.css";
import { ErrorNote } from "./notes";
import { useSaving } from "./use-saving";

interface FormProps {
  readonly action: string; // what its button says, such as "Save"
  readonly onSubmit: () => Promise<unknown>;
  readonly onDone: () => void; // after it was saved, and where it is given up
  readonly ready?: boolean; // whether there is something to save
  readonly danger?: boolean;
  readonly also?: ReactNode; // at the other end of the line of buttons
  readonly children: ReactNode;
}

export function Form({ action, onSubmit, onDone, ready = true, danger, also, children }: FormProps) {
  const { busy, error, save } = useSaving();
  const submit = async () => {
    if (ready && !busy && (await save(onSubmit))) onDone();
  };
  return (
    <form className={styles.form} onKeyDown={formKeys(onDone)} onSubmit={(event) => (event.preventDefault(), void submit())}>
      {children}
      {error && <ErrorNote error={error} />}
      <div className={styles.actions}>
        <Button type="submit" small look={danger ? "danger" : "primary"} disabled={!ready || busy}>{action}</Button>
        <Button small onClick={onDone}>Cancel</Button>
        {also}
      </div>
    </form>
  );
}

interface LabelProps {
  readonly label: ReactNode;
  readonly onText: (text: string) => void;
}

export function TextField({ label, onText, ...rest }: LabelProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input id={id} className={styles.input} autoComplete="off" spellCheck={false} onChange={(event) => onText(event.target.value)} {...rest} />
    </div>
  );
}

export function TextArea({ label, onText, ...rest }: LabelProps & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className={styles.area} onChange={(event) => onText(event.target.value)} {...rest} />
    </div>
  );
}

interface NameFormProps {
  readonly label: string;
  readonly action: string;
  readonly start?: string;
  readonly onName: (name: string) => Promise<unknown>;
  readonly onDone: () => void;
  readonly children?: ReactNode; // what it means
}

/** Another name, or one for something new. */
export function NameForm({ label, action, start = "", onName, onDone, children }: NameFormProps) {
  const [name, setName] = useState(start);
  const wanted = name.trim();
  return (
    <Form action={action} ready={wanted !== "" && wanted !== start} onSubmit={() => onName(wanted)} onDone={onDone}>
      {children}
      <TextField autoFocus label={label} maxLength={250} value={name} onText={setName} />
    </Form>
  );
}

interface TypedConfirmProps {
  readonly words: string; // what is to be typed
  readonly action: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onDone: () => void;
  readonly children: ReactNode; // what it means
}

/** For what cannot be undone: it happens only after its name was typed. */
export function TypedConfirm({ words, action, onConfirm, onDone, children }: TypedConfirmProps) {
  const [text, setText] = useState("");
  return (
    <Form action={action} danger ready={text === words} onSubmit={onConfirm} onDone={onDone}>
      {children}
      <TextField autoFocus label={<>Type <b>{words}</b> to go on</>} value={text} onText={setText} />
    </Form>
  );
}
