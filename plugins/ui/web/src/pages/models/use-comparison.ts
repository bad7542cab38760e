/** All that is read to compare versions: their runs, what differs between these, and the files of the models. */
import { useMeasures } from "../../api/measures";
import { useDiff, useFoldersDiff, usePreviews, useSomeRuns } from "../../api/queries";
import type { Schemas } from "../../api/client";
import type { Version } from "../../api/registry";
import type { Measures } from "../../store/objective";
import { below, filesPlace } from "./files-place";

export interface Comparison {
  readonly runs: readonly (Schemas["Run"] | null)[]; // of each version
  readonly diff: Schemas["DiffAnswer"] | undefined; // of the different runs, where there are several
  readonly files: readonly Schemas["ArtifactDiff"][]; // for each version with a place
  readonly notes: readonly string[]; // what could not be compared
  readonly texts: (name: string) => readonly (string | null)[]; // of a small file of each version
  readonly placed: readonly (number | null)[]; // the place of each version among those whose files can be seen
  readonly measures: Measures;
  readonly isLoading: boolean;
  readonly error: Error | null;
}

const READ = ["MLmodel", "requirements.txt"]; // files whose contents are compared

export function useComparison(versions: readonly Version[], everything: boolean): Comparison {
  const ids = [...new Set(versions.flatMap((one) => one.runId ?? []))];
  const found = useSomeRuns(ids);
  const measures = useMeasures([...found.values()].map((run) => run.info.experiment_id));
  const diff = useDiff(ids, everything);
  const places = versions.map(filesPlace);
  const seen = places.flatMap((place) => place ?? []);
  const folders = useFoldersDiff(seen.map(({ owner, root }) => ({ ...owner, path: root })), everything);
  const files = folders.data?.files ?? [];
  let next = 0;
  const placed = places.map((place) => (place && !folders.data?.notes[next]?.length ? next++ : (place && next++, null)));
  const wanted = READ.flatMap((name) => {
    const sizes = files.find((file) => file.path === name)?.sizes ?? [];
    return seen.flatMap((place, at) => ((sizes[at] ?? null) === null ? [] : [{ name, at, owner: place.owner, path: below(place.root, name) }]));
  });
  const previews = usePreviews(wanted);
  const texts = (name: string) => placed.map((at) => {
    const one = at === null ? -1 : wanted.findIndex((file) => file.name === name && file.at === at);
    return previews[one]?.data?.text?.text ?? null;
  });
  const named = versions.filter((_, at) => places[at]);
  return {
    runs: versions.map((one) => found.get(one.runId ?? "") ?? null),
    diff: diff.data,
    files,
    notes: [
      ...(diff.data?.notes ?? []),
      ...(folders.data?.notes ?? []).flatMap((notes, at) => notes.map((note) => `v${named[at]?.version}: ${note}`)),
      ...versions.flatMap((one, at) => (places[at] ? [] : [`v${one.version}: its files lie outside of runs, at ${one.source}, and are not compared`])),
    ],
    texts,
    placed,
    measures,
    isLoading: diff.isLoading || folders.isLoading || found.size < ids.length,
    error: diff.error ?? folders.error,
  };
}
