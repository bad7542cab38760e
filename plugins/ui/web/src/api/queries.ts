/** What pages ask for, kept for a while and shared: one hook for each kind of thing. */
import { keepPreviousData, QueryClient, useQueries, useQuery } from "@tanstack/react-query";
import { api, ApiError, content, type Schemas } from "./client";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false, // events tell what changed
      retry: (times, error) => times < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
});

export const useExperiments = () =>
  useQuery({
    queryKey: ["experiments"],
    queryFn: async ({ signal }) => (await content(api.GET("/api/v1/experiments", { signal }))).experiments,
  });

export const experimentQuery = (experimentId: string) => ({
  queryKey: ["experiments", experimentId],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
    content(api.GET("/api/v1/experiments/{experiment_id}", { params: { path: { experiment_id: experimentId } }, signal })),
  enabled: experimentId !== "",
});

export const useExperiment = (experimentId: string) => useQuery(experimentQuery(experimentId));

/** Several experiments at once, deleted ones too; those that are not there are left out. */
export const useSomeExperiments = (experimentIds: readonly string[]) =>
  useQuery({
    queryKey: ["experiments", experimentIds.join(), "some"],
    queryFn: async ({ signal }) =>
      (await content(api.GET("/api/v1/experiments", { params: { query: { ids: experimentIds.join(","), view: "ALL" } }, signal }))).experiments,
    enabled: experimentIds.length > 0,
  });

/** What the runs of experiments have: the keys, and whether they vary. */
export const useSchema = (experimentIds: readonly string[], view: Schemas["ViewType"] = "ACTIVE_ONLY") =>
  useQuery({
    queryKey: ["schema", experimentIds.join(), view],
    enabled: experimentIds.length > 0,
    queryFn: ({ signal }) =>
      content(api.POST("/api/v1/runs/schema", { body: { experiment_ids: [...experimentIds], max_values: 1, limit: 5_000, view }, signal })),
    placeholderData: keepPreviousData,
  });

const runQuery = (runId: string) => ({
  queryKey: ["run", runId],
  enabled: runId !== "",
  queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
    content(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, signal })),
});

export const useRun = (runId: string) => useQuery(runQuery(runId));

/** Several runs, those that are there already. */
export const useSomeRuns = (runIds: readonly string[]): ReadonlyMap<string, Schemas["Run"]> =>
  useQueries({
    queries: runIds.map(runQuery),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.info.run_id, data] as const] : []))),
  });

export const useChildren = (runId: string) =>
  useQuery({
    queryKey: ["run", runId, "children"],
    queryFn: ({ signal }) =>
      content(api.GET("/api/v1/runs/{run_id}/children", { params: { path: { run_id: runId } }, signal })),
  });

/** What differs between runs, the first of them being what the others are measured against. */
export const useDiff = (runIds: readonly string[], everything: boolean) =>
  useQuery({
    enabled: runIds.length > 1,
    queryKey: ["diff", runIds, everything],
    queryFn: ({ signal }) => content(api.POST("/api/v1/runs/diff", { body: { run_ids: [...runIds], everything }, signal })),
    placeholderData: (known) => (known && sameRuns(known, runIds) ? known : undefined), // its columns are those of the runs
  });

const sameRuns = (known: Schemas["DiffAnswer"], runIds: readonly string[]): boolean =>
  known.runs.length === runIds.length && known.runs.every((run, at) => run.run_id === runIds[at]);

/** Which files differ between folders, whoever's they are. */
export const useFoldersDiff = (folders: readonly (Owner & { readonly path: string })[], everything: boolean) =>
  useQuery({
    queryKey: ["folders", folders, everything],
    queryFn: ({ signal }) => content(api.POST("/api/v1/artifacts/diff", { body: { folders: [...folders], everything }, signal })),
    enabled: folders.length > 1,
  });

/** Whose files are meant: a run's or a logged model's. */
export type Owner = { readonly run_id: string } | { readonly model_id: string };

export const useFolder = (owner: Owner, path: string, enabled = true) =>
  useQuery({
    enabled,
    queryKey: ["artifacts", owner, path],
    queryFn: ({ signal }) => content(api.GET("/api/v1/artifacts/list", { params: { query: { ...owner, path } }, signal })),
  });

const previewQuery = (owner: Owner, path: string, start = 0) => ({
  queryKey: ["preview", owner, path, start],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
    content(api.GET("/api/v1/artifacts/preview", { params: { query: { ...owner, path, start, length: PAGE } }, signal })),
});

/** What is in a file, of a long one from a place on. */
export const usePreview = (owner: Owner, path: string, start = 0) =>
  useQuery({ ...previewQuery(owner, path, start), placeholderData: keepPreviousData });

const PAGE = 256 << 10; // bytes of a text that are shown at once

const imagesQuery = (runId: string) => ({
  queryKey: ["images", runId],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => content(api.GET("/api/v1/images", { params: { query: { run_id: runId } }, signal })),
});

export const useImages = (runId: string) => useQuery(imagesQuery(runId));

/** The images of several runs, in their order. */
export const useImagesOf = (runIds: readonly string[]) => useQueries({ queries: runIds.map(imagesQuery) });

/** All that happened to a registered model, or to one version of it, the oldest first. */
export const useHistory = (name: string, version?: number) =>
  useQuery({
    queryKey: ["models", name, "history", version],
    queryFn: ({ signal }) =>
      content(
        api.GET("/api/v1/models/{name}/history", {
          params: { path: { name }, query: { max_results: 10_000, ...(version === undefined ? {} : { version }) } }, signal,
        }),
      ),
  });

/** The beginnings of several files, those that are there already. */
export const usePreviews = (files: readonly { readonly owner: Owner; readonly path: string }[]) =>
  useQueries({ queries: files.map(({ owner, path }) => previewQuery(owner, path)) });

export const useLineage = (of: string) =>
  useQuery({
    queryKey: ["models", "lineage", of],
    queryFn: ({ signal }) => content(api.GET("/api/v1/lineage", { params: { query: { of } }, signal })),
  });
