/** The slots: where panels of plugins stand in the pages. A panel itself is loaded where it is shown. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Schemas } from "../api/client";
import type { PanelInfo } from "../api/panels";
import type { Owner } from "../api/queries";
import type { Version } from "../api/registry";
import { Loading } from "../components/notes";
import { Segmented } from "../components/segmented";
import { runName } from "../format";
import MissingPage from "../pages/missing-page";
import type { PanelIds } from "./panel-api";
import styles from "./panels.module.css";
import { useChartPanels, usePreviewPanels, useVersionPanels } from "./use-panels";

const PanelView = lazy(() => import("./panel-view"));

interface LazyPanelProps {
  readonly panel: PanelInfo;
  readonly ids: PanelIds;
  readonly titled?: boolean;
}

export const Panel = ({ panel, ids, titled = false }: LazyPanelProps) => (
  <Suspense fallback={<Loading what={panel.title.toLowerCase()} />}>
    <PanelView key={`${panel.plugin}/${panel.name}`} panel={panel} ids={ids} titled={titled} />
  </Suspense>
);

/** The address of a panel that is a tab of a run. */
export const runTabAddress = (runId: string, panel: PanelInfo): string => `/runs/${runId}/x/${panel.name}`;

export function RunPanelTab({ panels, name, run }: { readonly panels: readonly PanelInfo[]; readonly name: string; readonly run: Schemas["Run"] }) {
  const panel = panels.find((one) => one.name === name);
  if (!panel) return <MissingPage near={{ name: runName(run.info.run_name, run.info.run_id), path: `/runs/${run.info.run_id}/overview` }} />;
  return <div className={styles.tab}><Panel panel={panel} ids={{ experiment: run.info.experiment_id, run: run.info.run_id }} /></div>;
}

/** A file as a panel shows it, and as it is shown without one; the panel comes first. */
export function PreviewPanels({ preview, owner, children }: { readonly preview: Schemas["Preview"]; readonly owner: Owner; readonly children: ReactNode }) {
  const panels = usePreviewPanels(preview);
  const [chosen, setChosen] = useState<string | null>(null);
  if (panels.length === 0) return children;
  const panel = chosen === PLAIN ? undefined : (panels.find((one) => one.name === chosen) ?? panels[0]);
  const ids = "run_id" in owner ? { run: owner.run_id, path: preview.path } : { loggedModel: owner.model_id, path: preview.path };
  return (
    <>
      <div className={styles.preview}>
        <Segmented
          label="Show the file as"
          value={panel?.name ?? PLAIN}
          options={[...panels.map((one) => [one.name, one.title] as const), [PLAIN, "Plain"] as const]}
          onValue={setChosen}
        />
      </div>
      {panel ? <div className={styles.preview}><Panel key={preview.path} panel={panel} ids={ids} /></div> : children}
    </>
  );
}

const PLAIN = " plain"; // no panel has this name

interface ChartPanelsProps {
  readonly keys: readonly string[]; // what the runs of the experiment have
  readonly ids: PanelIds;
}

export function ChartPanels({ keys, ids }: ChartPanelsProps) {
  const panels = useChartPanels(keys);
  if (panels.length === 0) return null;
  return <div className={styles.charts}>{panels.map((panel) => <Panel key={panel.name} panel={panel} ids={ids} titled />)}</div>;
}

export function VersionPanels({ version }: { readonly version: Version }) {
  const ids = { model: version.name, version: String(version.version), ...(version.runId ? { run: version.runId } : {}) };
  return useVersionPanels().map((panel) => (
    <div key={panel.name} className={styles.box}><Panel panel={panel} ids={ids} titled /></div>
  ));
}
