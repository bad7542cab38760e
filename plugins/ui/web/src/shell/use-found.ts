/** Runs and models by a part of their names, which the server is asked for when the typing rests. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type RecentRun, useRecentRuns } from "../api/recent-runs";
import { type Model, quoted, searchModels } from "../api/registry";

const REST = 150; // milliseconds
const LEAST = 2; // letters

export interface Found {
  readonly runs: readonly RecentRun[];
  readonly models: readonly Model[];
  readonly isKnown: boolean; // of the whole text that was typed
}

export function useFound(typed: string, experiments: Parameters<typeof useRecentRuns>[0]): Found {
  const text = typed.trim();
  const rested = useRested(text);
  const isAsked = rested.length >= LEAST;
  const runs = useRecentRuns(isAsked ? experiments : [], `attributes.run_name ILIKE '%${quoted(rested)}%'`);
  const models = useQuery({
    queryKey: ["models", "search", rested],
    queryFn: ({ signal }) => searchModels(rested, signal),
    enabled: isAsked,
    placeholderData: keepPreviousData,
  });
  if (text.length < LEAST) return { runs: [], models: [], isKnown: true };
  return { runs: runs.data ?? [], models: models.data?.models ?? [], isKnown: text === rested && !runs.isFetching && !models.isFetching };
}

function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
