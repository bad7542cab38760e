/** Changes of a run, shown at once, and taken back where the server refuses them. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Schemas } from "./client";
import { renameRun, setRunDeleted, tagRun } from "./tracking-changes";

type Run = Schemas["Run"];

export interface RunEdits {
  readonly rename: (name: string) => Promise<void>;
  readonly tag: (name: string, value: string | null) => Promise<void>;
  readonly restore: () => Promise<void>;
}

const withTag = (run: Run, name: string, value: string): Run => ({ ...run, data: { ...run.data, tags: { ...run.data.tags, [name]: value } } });

async function edit(client: QueryClient, runId: string, change: (run: Run) => Run, tell: () => Promise<void>): Promise<void> {
  const queryKey = ["run", runId];
  await client.cancelQueries({ queryKey, exact: true });
  client.setQueryData<Run>(queryKey, (run) => run && change(run));
  try {
    await tell();
  } finally {
    await client.invalidateQueries({ queryKey, exact: true }); // what the server has, whether it took the change or not
  }
}

export function useRunEdits(runId: string): RunEdits {
  const client = useQueryClient();
  return useMemo(
    () => ({
      rename: (name) => edit(client, runId, (run) => ({ ...run, info: { ...run.info, run_name: name } }), () => renameRun(runId, name)),
      // One that is removed stays until the server has said yes: its row is where a refusal is told.
      tag: (key, value) => edit(client, runId, (run) => (value === null ? run : withTag(run, key, value)), () => tagRun(runId, key, value)),
      restore: () => edit(client, runId, (run) => run, () => setRunDeleted(runId, false)),
    }),
    [client, runId],
  );
}
