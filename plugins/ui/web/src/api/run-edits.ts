/** Changes of a run, by MLflow's endpoints; shown at once, and taken back where the server refuses them. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { BASE } from "../base";
import { errorOf, type Schemas } from "./client";

type Run = Schemas["Run"];

export interface RunEdits {
  readonly rename: (name: string) => Promise<void>;
  readonly setTag: (name: string, value: string) => Promise<void>;
  readonly removeTag: (name: string) => Promise<void>;
}

async function post(path: string, body: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${BASE}/api/2.0/mlflow/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await errorOf(response);
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
  return useMemo(() => {
    const of = { run_id: runId };
    return {
      rename: (name) =>
        edit(client, runId, (run) => ({ ...run, info: { ...run.info, run_name: name } }), () => post("runs/update", { ...of, run_name: name })),
      setTag: (key, value) =>
        edit(client, runId, (run) => withTag(run, key, value), () => post("runs/set-tag", { ...of, key, value })),
      // It stays until the server has said yes: the row is where a refusal is told.
      removeTag: (key) => edit(client, runId, (run) => run, () => post("runs/delete-tag", { ...of, key })),
    };
  }, [client, runId]);
}
