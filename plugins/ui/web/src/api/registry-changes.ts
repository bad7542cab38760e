/** What is changed of registered models. */
import { write } from "./writing";

/** A version, as requests name it. */
export interface VersionName {
  readonly name: string;
  readonly version: number;
}

const named = ({ name, version }: VersionName) => ({ name, version: String(version) });

export const renameModel = (name: string, to: string) => write("registered-models/rename", { name, new_name: to });
export const describeModel = (name: string, description: string) => write("registered-models/update", { name, description }, "PATCH");
export const deleteModel = (name: string) => write("registered-models/delete", { name }, "DELETE");

/** Null takes the tag away. */
export const tagModel = (name: string, key: string, value: string | null) =>
  value === null ? write("registered-models/delete-tag", { name, key }, "DELETE") : write("registered-models/set-tag", { name, key, value });

export const setAlias = (version: VersionName, alias: string) => write("registered-models/alias", { ...named(version), alias });
export const deleteAlias = (name: string, alias: string) => write("registered-models/alias", { name, alias }, "DELETE");

export const describeVersion = (version: VersionName, description: string) => write("model-versions/update", { ...named(version), description }, "PATCH");
export const deleteVersion = (version: VersionName) => write("model-versions/delete", named(version), "DELETE");

export const tagVersion = (version: VersionName, key: string, value: string | null) =>
  value === null ? write("model-versions/delete-tag", { ...named(version), key }, "DELETE") : write("model-versions/set-tag", { ...named(version), key, value });

export const moveToStage = (version: VersionName, stage: string, archiveOthers: boolean) =>
  write("model-versions/transition-stage", { ...named(version), stage, archive_existing_versions: archiveOthers });
