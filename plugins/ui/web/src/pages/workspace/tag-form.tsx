/** A tag for all runs that are selected. */
import { useState } from "react";
import { Form, TextField } from "../../components/form";

interface TagFormProps {
  readonly onTag: (key: string, value: string) => Promise<unknown>;
  readonly onDone: () => void;
}

export function TagForm({ onTag, onDone }: TagFormProps) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  return (
    <Form action="Tag" ready={key.trim() !== ""} onSubmit={() => onTag(key.trim(), value.trim())} onDone={onDone}>
      <TextField autoFocus label="Name of the tag" maxLength={250} value={key} onText={setKey} />
      <TextField label="Value of the tag" value={value} onText={setValue} />
    </Form>
  );
}
