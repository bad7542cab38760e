/** Tags with a meaning, and which of them people set. */
type Tags = Readonly<Record<string, string>>;

export const NOTE = "mlflow.note.content"; // where MLflow's clients keep it too
export const PARENT = "mlflow.parentRunId";

const OWNERS = ["owner", "mlflow.user", "mlflow.ownerEmail"] as const; // as people write it, as runs have it, as Databricks does

/** Whose an experiment is, as its tags say; null where they do not. */
export const ownerIn = (tags: Tags): string | null => OWNERS.map((tag) => tags[tag]).find(Boolean) ?? null;

/** Whether a program writes it, as prefixes tell. */
const isRecorded = (tag: string): boolean => /^(mlflow|runyard)\./.test(tag);

export const ownTags = (tags: Tags): readonly (readonly [string, string])[] => Object.entries(tags).filter(([key]) => !isRecorded(key));
export const recordedTags = (tags: Tags): readonly (readonly [string, string])[] =>
  Object.entries(tags).filter(([key]) => isRecorded(key) && key !== NOTE);
