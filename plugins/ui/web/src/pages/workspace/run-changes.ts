/** What is changed of several runs at once, and how it is undone. */
import type { QueryClient } from "@tanstack/react-query";
import { api, content } from "../../api/client";
import { renameRun, setRunDeleted, tagRun } from "../../api/tracking-changes";
import { forEach } from "../../api/writing";
import { say } from "../../components/toast";
import { counted } from "../../format";

/** Reads anew what shows runs. */
export async function refreshRuns(client: QueryClient): Promise<void> {
  await Promise.all(["runs", "schema", "experiments", "run"].map((kind) => client.invalidateQueries({ queryKey: [kind] })));
}

/** Deletes runs, or brings them back; the server keeps deleted ones until they are purged. */
export async function setDeleted(client: QueryClient, runs: readonly string[], deleted: boolean): Promise<void> {
  const set = async (wanted: boolean) => {
    try {
      await forEach(runs, (id) => setRunDeleted(id, wanted));
    } finally {
      await refreshRuns(client); // those that were done are gone, even where others failed
    }
  };
  await set(deleted);
  say({ text: `${counted(runs.length, "run")} ${deleted ? "deleted" : "restored"}.`, undo: () => set(!deleted) });
}

/** Gives runs a tag; undone, each has what it had. */
export async function setTag(client: QueryClient, runs: readonly string[], key: string, value: string): Promise<void> {
  const before = await tagsOf(runs, key);
  const set = async (valueOf: (id: string) => string | null) => {
    try {
      await forEach(runs, (id) => tagRun(id, key, valueOf(id)));
    } finally {
      await refreshRuns(client);
    }
  };
  await set(() => value);
  say({ text: `${counted(runs.length, "run")} tagged ${key}${value ? `: ${value}` : ""}.`, undo: () => set((id) => before.get(id) ?? null) });
}

async function tagsOf(runs: readonly string[], key: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await forEach(runs, async (id) => {
    const { data } = await content(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } } }));
    const value = data.tags[key];
    if (value !== undefined) found.set(id, value);
  });
  return found;
}

export async function rename(client: QueryClient, run: string, name: string, before: string): Promise<void> {
  const set = async (wanted: string) => {
    await renameRun(run, wanted);
    await refreshRuns(client);
  };
  await set(name);
  say({ text: `The run is called ${name} now.`, undo: () => set(before) });
}
