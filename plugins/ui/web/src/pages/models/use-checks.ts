/** What is read to check a version: the model, the run that it came from, the model's own description of itself. */
import { ApiError } from "../../api/client";
import { usePreviews, useRun } from "../../api/queries";
import type { Version } from "../../api/registry";
import { type Check, checksOf } from "./checks";
import { below, filesPlace } from "./files-place";
import { useModel } from "./use-models";

export function useChecks(version: Version): readonly Check[] {
  const { data: model } = useModel(version.name);
  const run = useRun(version.runId ?? "");
  const place = filesPlace(version);
  const [preview] = usePreviews(place ? [{ owner: place.owner, path: below(place.root, "MLmodel") }] : []);
  const isGone = preview === undefined || preview.error !== null;
  return checksOf({
    version,
    model,
    run: run.data ?? (run.error instanceof ApiError ? null : undefined),
    mlmodel: isGone ? null : preview.data ? (preview.data.text?.text ?? null) : undefined,
  });
}
