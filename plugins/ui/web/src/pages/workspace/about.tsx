/** What people say of an experiment: a note in Markdown, tags, and what its runs are measured by. */
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { write } from "../../api/writing";
import { Button, IconButton } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Markdown } from "../../components/markdown";
import { ErrorNote } from "../../components/notes";
import type { Objective } from "../../store/objective";
import { ObjectiveDialog } from "../experiments/objective-dialog";
import { type Experiment, tagsOf } from "../experiments/tree";
import styles from "./about.module.css";
import { TagForm } from "./tag-form";

const NOTE = "mlflow.note.content"; // where MLflow's clients keep it too

interface AboutProps {
  readonly experiment: Experiment;
  readonly objective: Objective | null;
  readonly onClose: () => void;
}

export default function About({ experiment, objective, onClose }: AboutProps) {
  const client = useQueryClient();
  const note = experiment.tags[NOTE] ?? "";
  const [draft, setDraft] = useState<string | null>(null); // while it is edited
  const [measuring, setMeasuring] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const set = async (path: "set" | "delete", key: string, value?: string) => {
    setProblem(null);
    try {
      await write(`experiments/${path}-experiment-tag`, { experiment_id: experiment.experiment_id, key, ...(value === undefined ? {} : { value }) });
      await client.invalidateQueries({ queryKey: ["experiments"] });
      return true;
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  };
  if (measuring) return <ObjectiveDialog experiment={experiment} onClose={() => setMeasuring(false)} />;
  return (
    <Dialog label={experiment.name} open onClose={onClose}>
      <div className={styles.about}>
        {draft === null ? (
          <section className={styles.part} aria-label="Note">
            {note ? <Suspense fallback={<p>{note}</p>}><Markdown text={note} /></Suspense> : <p className={styles.none}>No note yet: what is this experiment about, what came of it?</p>}
            <Button small icon="edit" onClick={() => setDraft(note)}>{note ? "Edit the note" : "Write a note"}</Button>
          </section>
        ) : (
          <form
            className={styles.part}
            onSubmit={async (event) => {
              event.preventDefault();
              if (await set("set", NOTE, draft)) setDraft(null);
            }}
          >
            <textarea autoFocus aria-label="Note, in Markdown" rows={10} value={draft} onChange={(event) => setDraft(event.target.value)} />
            <footer className={styles.line}>
              <Button small look="primary" type="submit" disabled={draft === note}>Save the note</Button>
              <Button small onClick={() => setDraft(null)}>Cancel</Button>
              <small className={styles.none}>Markdown; everybody who sees the experiment sees it.</small>
            </footer>
          </form>
        )}
        <section className={styles.part} aria-label="Tags">
          <h3>Tags</h3>
          <ul className={styles.tags}>
            {tagsOf(experiment).map(([key, value]) => (
              <li key={key}>
                <span>{value ? `${key}: ${value}` : key}</span>
                <IconButton small icon="close" label={`Remove the tag ${key}`} onClick={() => set("delete", key)} />
              </li>
            ))}
          </ul>
          <TagForm onTag={async (key, value) => void (await set("set", key, value))} />
        </section>
        <section className={styles.part} aria-label="Objective">
          <h3>Measured by</h3>
          <p className={styles.line}>
            {objective ? `${objective.metric}, ${objective.direction === "max" ? "higher" : "lower"} is better${objective.guessed ? " (guessed)" : ""}` : "nothing that its metrics' names tell"}
            <Button small icon="edit" onClick={() => setMeasuring(true)}>Change</Button>
          </p>
        </section>
        {problem && <ErrorNote error={problem} />}
      </div>
    </Dialog>
  );
}
