/** Runs that an id or a name may mean which is no run's id. */
import { useRecentRuns } from "../../api/recent-runs";
import { quoted } from "../../api/registry";

const BEGINNING = 8; // letters of an id, as many as runs without a name are called by

/** A text in a pattern of a filter, in which nothing stands for other letters. */
const literal = (text: string): string => quoted(text).replace(/[%_]/g, "");

export const useRunsLike = (experiments: Parameters<typeof useRecentRuns>[0], text: string) =>
  useRecentRuns(experiments, `attributes.run_id LIKE '${literal(text.slice(0, BEGINNING))}%' OR attributes.run_name ILIKE '%${literal(text)}%'`);
