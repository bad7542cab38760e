/** The panels that belong in a place: none in safe mode, none that the server refuses. */
import { useMemo } from "react";
import type { Schemas } from "../api/client";
import { type PanelInfo, type Slot, usePanels } from "../api/panels";
import { useFolder } from "../api/queries";
import { suitsFile, suitsKeys, suitsRun } from "./matching";
import { isSafeMode } from "./safe-mode";

const NONE: readonly PanelInfo[] = [];

function useSlot(slot: Slot): readonly PanelInfo[] {
  const { data } = usePanels();
  return useMemo(() => {
    const found = data?.filter((panel) => panel.slot === slot && panel.module !== null && !isSafeMode());
    return found?.length ? found : NONE;
  }, [data, slot]);
}

export const useNavPanels = (): readonly PanelInfo[] => useSlot("nav.page");
export const useVersionPanels = (): readonly PanelInfo[] => useSlot("model.version.section");

export function useChartPanels(keys: readonly string[]): readonly PanelInfo[] {
  const panels = useSlot("workspace.chart");
  return useMemo(() => panels.filter((panel) => suitsKeys(panel, keys)), [panels, keys]);
}

export function usePreviewPanels(preview: Schemas["Preview"] | undefined): readonly PanelInfo[] {
  const panels = useSlot("artifact.preview");
  return useMemo(() => (preview ? panels.filter((panel) => suitsFile(panel, preview.path, preview.media_type)) : NONE), [panels, preview]);
}

/** The panels that are tabs of a run; its files are listed only where a panel goes by them. */
export function useRunPanels(runId: string, run: Schemas["Run"] | undefined): readonly PanelInfo[] {
  const panels = useSlot("run.tab");
  const { data: folder } = useFolder({ run_id: runId }, "", panels.some((panel) => panel.files.length > 0));
  return useMemo(() => {
    if (!run || panels.length === 0) return NONE;
    const { latest_metrics, params, tags } = run.data;
    const keys = [
      ...latest_metrics.map(({ key }) => `metrics.${key}`),
      ...Object.keys(params).map((key) => `params.${key}`),
      ...Object.keys(tags).map((key) => `tags.${key}`),
    ];
    const files = (folder?.files ?? []).map((file) => file.path);
    return panels.filter((panel) => suitsRun(panel, keys, files));
  }, [panels, run, folder]);
}
