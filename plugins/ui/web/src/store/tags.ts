/** Tags with a meaning, and which of them people set. */
type Tags = Readonly<Record<string, string>>;

export const NOTE = "mlflow.note.content"; // where MLflow's clients keep it too
export const PARENT = "mlflow.parentRunId";

/** Whether a program writes it, as prefixes tell. */
const isRecorded = (tag: string): boolean => /^(mlflow|runyard)\./.test(tag);

export const ownTags = (tags: Tags): readonly (readonly [string, string])[] => Object.entries(tags).filter(([key]) => !isRecorded(key));
export const recordedTags = (tags: Tags): readonly (readonly [string, string])[] =>
  Object.entries(tags).filter(([key]) => isRecorded(key) && key !== NOTE);
