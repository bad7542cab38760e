/** The panels of installed plugins, as the server tells of them. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "./client";

export const SLOTS = ["run.tab", "workspace.chart", "artifact.preview", "model.version.section", "nav.page"] as const;
export type Slot = (typeof SLOTS)[number];

export interface PanelInfo {
  readonly plugin: string;
  readonly distribution: string;
  readonly version: string;
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly slot: Slot;
  readonly files: readonly string[];
  readonly media_types: readonly string[];
  readonly keys: readonly string[];
  readonly module: string | null; // where it is loaded from, below this server's address
  readonly problem: string | null; // why it is not
}

export const usePanels = () =>
  useQuery({
    queryKey: ["panels"],
    queryFn: async ({ signal }) => {
      const answer = await ask("/api/ui/v1/panels", { signal });
      return ((await answer.json()) as { panels: readonly PanelInfo[] }).panels;
    },
    staleTime: Infinity, // what is installed changes with the server's process
  });
