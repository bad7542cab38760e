/** What pages ask for, kept for a while and shared: one hook for each kind of thing. */
import { keepPreviousData, QueryClient, useQuery } from "@tanstack/react-query";
import { api, ApiError, content } from "./client";

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

export const useExperiment = (experimentId: string) =>
  useQuery({
    queryKey: ["experiments", experimentId],
    queryFn: ({ signal }) =>
      content(api.GET("/api/v1/experiments/{experiment_id}", { params: { path: { experiment_id: experimentId } }, signal })),
    enabled: experimentId !== "",
  });

/** What the runs of an experiment have: the keys, and whether they vary. */
export const useSchema = (experimentId: string) =>
  useQuery({
    queryKey: ["schema", experimentId],
    queryFn: ({ signal }) =>
      content(api.POST("/api/v1/runs/schema", { body: { experiment_ids: [experimentId], max_values: 1, limit: 5_000 }, signal })),
    placeholderData: keepPreviousData,
  });

export const useRun = (runId: string) =>
  useQuery({
    queryKey: ["run", runId],
    queryFn: ({ signal }) => content(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId } }, signal })),
  });

export const useChildren = (runId: string) =>
  useQuery({
    queryKey: ["run", runId, "children"],
    queryFn: ({ signal }) =>
      content(api.GET("/api/v1/runs/{run_id}/children", { params: { path: { run_id: runId } }, signal })),
  });

export const useFolder = (runId: string, path: string, enabled = true) =>
  useQuery({
    queryKey: ["artifacts", runId, path],
    queryFn: ({ signal }) => content(api.GET("/api/v1/artifacts/list", { params: { query: { run_id: runId, path } }, signal })),
    enabled,
  });

export const usePreview = (runId: string, path: string) =>
  useQuery({
    queryKey: ["preview", runId, path],
    queryFn: ({ signal }) => content(api.GET("/api/v1/artifacts/preview", { params: { query: { run_id: runId, path } }, signal })),
    placeholderData: keepPreviousData,
  });
