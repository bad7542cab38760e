/** What the pages of models read, and read again when something happens to models. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Model, readModel, readTagged, readVersion, readVersions, searchModels } from "../../api/registry";
import { useLive } from "../../live/use-live";
import { APPROVAL, type Decision } from "./approval";

export const useModels = (text: string) =>
  useQuery({ queryKey: ["models", "search", text], queryFn: ({ signal }) => searchModels(text, signal), placeholderData: keepPreviousData });

export const useModel = (name: string) => useQuery({ queryKey: ["models", name], queryFn: ({ signal }) => readModel(name, signal) });

export const useVersions = (name: string) =>
  useQuery({ queryKey: ["models", name, "versions"], queryFn: ({ signal }) => readVersions(name, signal) });

export const useVersion = (name: string, version: string) =>
  useQuery({ queryKey: ["models", name, "version", version], queryFn: ({ signal }) => readVersion(name, version, signal) });

/** Versions of all models with a decision, or waiting for one. */
export const useDecided = (decision: Decision) =>
  useQuery({
    queryKey: ["models", "decided", decision],
    queryFn: ({ signal }) => readTagged(APPROVAL, decision, signal),
    placeholderData: keepPreviousData,
  });

/** Waits for a change, and reads again what it touches; not the page's own things where the page `leaves` them. */
export function useSaved(): (change: Promise<void>, how?: { readonly leaves: boolean }) => Promise<void> {
  const client = useQueryClient();
  return async (change, how) => {
    await change;
    await client.invalidateQueries({ queryKey: ["models"], refetchType: how?.leaves ? "none" : "active" });
  };
}

export function useFreshModels(): void {
  const client = useQueryClient();
  const shownAt = location.pathname;
  const refresh = () => {
    // Whoever changes something reads it again, and a page that is left may be that of something deleted.
    if (client.isMutating() || location.pathname !== shownAt) return;
    void client.invalidateQueries({ queryKey: ["models"] });
  };
  useLive({ topics: ["models"], onChange: refresh, onReset: refresh });
}

export const CHAMPION = "champion"; // the alias of the version that is in use

export const championOf = (model: Model): number | undefined => model.aliases.find(({ alias }) => alias === CHAMPION)?.version;

export const modelAddress = (name: string): string => `/models/${encodeURIComponent(name)}`;
export const versionAddress = (name: string, version: number | string, tab = "overview"): string =>
  `${modelAddress(name)}/versions/${version}/${tab}`;
