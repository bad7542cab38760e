/** One run: what it is at the head, and its tabs. A further tab is added in `TABS`. */
import { useQueryClient } from "@tanstack/react-query";
import { type ComponentType, lazy, Suspense } from "react";
import { useLocation } from "wouter";
import type { Schemas } from "../../api/client";
import { useExperiment, useRun } from "../../api/queries";
import { Loading } from "../../components/notes";
import { PageTabs } from "../../components/segmented";
import { useLive } from "../../live/use-live";
import { RunPanelTab, runTabAddress } from "../../panels/slots";
import { useRunPanels } from "../../panels/use-panels";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import MissingPage from "../missing-page";
import { runName } from "../../format";
import { Overview } from "./overview";
import { RunHead } from "./run-head";
import styles from "./run.module.css";

export interface RunTabProps {
  readonly run: Schemas["Run"];
  readonly path: string; // what follows the tab in the address
}

interface RunTab {
  readonly name: string;
  readonly title: string;
  readonly content: ComponentType<RunTabProps>;
  readonly fills?: boolean; // the window, and scrolls by itself
}

const TABS: readonly RunTab[] = [
  { name: "overview", title: "Overview", content: Overview },
  { name: "metrics", title: "Metrics", content: lazy(() => import("./metrics")) },
  { name: "images", title: "Images", content: lazy(() => import("./images")) },
  { name: "system", title: "System", content: lazy(() => import("./system")) },
  { name: "artifacts", title: "Artifacts", content: lazy(() => import("./artifacts")), fills: true },
  { name: "code", title: "Code", content: lazy(() => import("./code")) },
  { name: "logs", title: "Logs", content: lazy(() => import("./logs/logs")), fills: true },
  { name: "children", title: "Children", content: lazy(() => import("./children")) },
];

const NoRun = lazy(() => import("../absent/no-run"));

const PANEL = "x"; // the panel of a plugin, whose name follows

interface RunPageProps {
  readonly runId: string;
  readonly tab: string;
  readonly path: string;
}

export default function RunPage({ runId, tab, path }: RunPageProps) {
  const { data: run, error } = useRun(runId);
  const experiment = useExperiment(run?.info.experiment_id ?? "");
  const name = runName(run?.info.run_name, runId);
  useCrumbs([
    { name: "Experiments", path: "/experiments" },
    ...(run ? [{ name: experiment.data?.name ?? "…", path: `/experiments/${run.info.experiment_id}` }] : []),
    { name },
  ]);
  useFreshRun(runId);
  const [, navigate] = useLocation();
  useKeys("Run", TABS.map((one, at) => ({ keys: String(at + 1), what: one.title, act: () => navigate(`/runs/${runId}/${one.name}`) })));
  const panels = useRunPanels(runId, run);
  const found = tab === PANEL ? null : TABS.find((one) => one.name === tab);
  if (error) return <NoRun runId={runId} error={error} />;
  if (found === undefined) return <MissingPage near={{ name, path: `/runs/${runId}/overview` }} />;
  if (!run) return <Loading what="the run" />;
  return (
    <div className={styles.page} data-fills={found?.fills ?? false}>
      <RunHead run={run} name={name} />
      <PageTabs label="Parts of the run" tabs={[...TABS.map((one) => [`/runs/${runId}/${one.name}`, one.title] as const), ...panels.map((panel) => [runTabAddress(runId, panel), panel.title] as const)]} />
      {found ? (
        <Suspense fallback={<Loading what={found.title.toLowerCase()} />}>
          <found.content run={run} path={path} />
        </Suspense>
      ) : (
        <RunPanelTab panels={panels} name={path} run={run} />
      )}
    </div>
  );
}

/** Reads the run again when it is told of. */
function useFreshRun(runId: string): void {
  const client = useQueryClient();
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["run", runId] });
    void client.invalidateQueries({ queryKey: ["series"] });
  };
  useLive({ topics: [`run:${runId}`], onRun: refresh, onReset: refresh });
}
