/** What is changed of registered models, by the endpoints of MLflow's clients, so that they see the same. */
import { BASE } from "../base";
import { errorOf } from "./client";

type Method = "POST" | "PATCH" | "DELETE";
type Body = Readonly<Record<string, string | boolean>>;

async function change(method: Method, path: string, body: Body): Promise<void> {
  const response = await fetch(`${BASE}/api/2.0/mlflow/${path}`, {
    method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  });
  if (!response.ok) throw await errorOf(response);
}

/** A version, as requests name it. */
export interface VersionName {
  readonly name: string;
  readonly version: number;
}

const named = ({ name, version }: VersionName) => ({ name, version: String(version) });

export const renameModel = (name: string, to: string) => change("POST", "registered-models/rename", { name, new_name: to });
export const describeModel = (name: string, description: string) => change("PATCH", "registered-models/update", { name, description });
export const deleteModel = (name: string) => change("DELETE", "registered-models/delete", { name });

/** Null takes the tag away. */
export const tagModel = (name: string, key: string, value: string | null) =>
  value === null ? change("DELETE", "registered-models/delete-tag", { name, key }) : change("POST", "registered-models/set-tag", { name, key, value });

export const setAlias = (version: VersionName, alias: string) => change("POST", "registered-models/alias", { ...named(version), alias });
export const deleteAlias = (name: string, alias: string) => change("DELETE", "registered-models/alias", { name, alias });

export const describeVersion = (version: VersionName, description: string) => change("PATCH", "model-versions/update", { ...named(version), description });
export const deleteVersion = (version: VersionName) => change("DELETE", "model-versions/delete", named(version));

export const tagVersion = (version: VersionName, key: string, value: string | null) =>
  value === null ? change("DELETE", "model-versions/delete-tag", { ...named(version), key }) : change("POST", "model-versions/set-tag", { ...named(version), key, value });

export const moveToStage = (version: VersionName, stage: string, archiveOthers: boolean) =>
  change("POST", "model-versions/transition-stage", { ...named(version), stage, archive_existing_versions: archiveOthers });
