/** Saved views: a name and the address of a picture, kept by the server. */
import { useQuery } from "@tanstack/react-query";
import { formatWorkspace, parseWorkspace, START, type WorkspaceState } from "../url/workspace-state";
import { api, content, type Schemas } from "./client";

export type SavedView = Schemas["SavedView"];

const VERSION = 1; // of what is kept

/** What is kept of a picture: its address, which later versions of these pages can read as well. */
export const keptState = (state: WorkspaceState): Record<string, unknown> => ({ version: VERSION, query: queryOf(state) });

/** The query of a picture, whichever view it began as. */
export const queryOf = (state: WorkspaceState): string => formatWorkspace({ ...state, view: null });

/** The address that a view keeps; null where something else saved it in its own way. */
export function keptQuery(view: SavedView): string | null {
  const { version, query } = view.state as { version?: unknown; query?: unknown };
  return version === VERSION && typeof query === "string" ? query : null;
}

/** Whether a picture is the one that a view keeps, in whichever words. */
export function isSame(view: SavedView, state: WorkspaceState): boolean {
  const kept = keptQuery(view);
  return kept !== null && queryOf({ ...START, ...parseWorkspace(kept) }) === queryOf(state);
}

const isOver = (view: SavedView, experimentIds: readonly string[]): boolean =>
  view.experiment_ids.length === experimentIds.length && experimentIds.every((id) => view.experiment_ids.includes(id));

const path = (viewId: string) => ({ params: { path: { view_id: viewId } } });

export const readView = (viewId: string): Promise<SavedView> => content(api.GET("/api/v1/views/{view_id}", path(viewId)));
export const createView = (body: Schemas["ViewRequest"]): Promise<SavedView> => content(api.POST("/api/v1/views", { body }));
export const saveView = (viewId: string, body: Schemas["ViewRequest"]): Promise<SavedView> =>
  content(api.PUT("/api/v1/views/{view_id}", { ...path(viewId), body }));
export const deleteView = (viewId: string): Promise<unknown> => content(api.DELETE("/api/v1/views/{view_id}", path(viewId)));

/** Of one experiment every view that it is in, of several those of just these. */
export const useViews = (experimentIds: readonly string[]) =>
  useQuery({
    queryKey: ["views", "of", experimentIds],
    queryFn: async ({ signal }) => {
      const { views } = await content(api.GET("/api/v1/views", { params: { query: { experiment_id: experimentIds[0] ?? "" } }, signal }));
      return experimentIds.length === 1 ? views : views.filter((view) => isOver(view, experimentIds));
    },
    staleTime: 0, // nothing tells that somebody saved one
  });

/** The views of all experiments. */
export const useAllViews = () =>
  useQuery({
    queryKey: ["views", "all"],
    queryFn: async ({ signal }) => (await content(api.GET("/api/v1/views", { signal }))).views,
    staleTime: 0,
  });

/** A view as it was when it was opened here: what others change since must be noticed when it is saved. */
export const useOpenView = (viewId: string | null) =>
  useQuery({
    queryKey: ["views", viewId],
    queryFn: () => readView(viewId ?? ""),
    enabled: viewId !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
