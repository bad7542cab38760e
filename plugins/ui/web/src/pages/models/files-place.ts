/** Where the files of a version lie, as far as this server shows them. */
import type { Owner } from "../../api/queries";
import type { Version } from "../../api/registry";

export interface FilesPlace {
  readonly owner: Owner;
  readonly root: string; // the folder of the model below the owner's artifacts
}

/** Null where the source is an address of somebody else's. */
export function filesPlace({ source, modelId }: Pick<Version, "source" | "modelId">): FilesPlace | null {
  const logged = /^models:\/(m-[0-9a-f]{32})\/?$/.exec(source)?.[1] ?? modelId;
  if (logged) return { owner: { model_id: logged }, root: "" };
  const [, run, path = ""] = /^runs:\/+([^/]+)\/?(.*)$/.exec(source) ?? [];
  return run ? { owner: { run_id: run }, root: path.replace(/\/+$/, "") } : null;
}

export const below = (root: string, name: string): string => (root ? `${root}/${name}` : name);
