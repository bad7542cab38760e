/** Runs of an experiment, or of several: a table and charts of the same runs, in one place. */
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { useSchema } from "../../api/queries";
import { ApiError } from "../../api/client";
import { ChartPanel } from "../../charts/chart-panel";
import { Hover } from "../../charts/hover";
import { MOST_GROUPED } from "../../charts/said";
import { Segmented } from "../../components/segmented";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { counted, runName } from "../../format";
import { ChartPanels } from "../../panels/slots";
import { measuresOf, parseObjective, sharedObjective, TAG } from "../../store/objective";
import { EXPERIMENT } from "../../store/run-table";
import { NOTE } from "../../store/tags";
import { useCrumbs } from "../../shell/crumbs";
import { chartOf } from "../../url/chart-state";
import { compareAddress, comparedRuns } from "../../url/compare-state";
import { useWorkspace } from "../../url/use-workspace";
import { type Tab, TABS, toggled, workspaceAddress, type WorkspaceState } from "../../url/workspace-state";
import { FirstRun } from "../experiments/first-run";
import { constants, defaultColumns, inOrder, metricKeys, metricOf, moved, withExperiment } from "./column-choice";
import { ColumnPicker } from "./column-picker";
import { useCursor } from "./cursor";
import { Facts } from "./facts";
import { FilterBox } from "./filter-box";
import { exampleOf } from "./filter-example";
import { GroupBy } from "./group-by";
import { shares } from "./groups";
import { PARENT } from "./nesting";
import { neededColumns, plotColumns } from "./plots/choice";
import { RunsTable } from "./runs-table";
import { SelectionBar } from "./selection-bar";
import { missingText, SeveralHead } from "./several-head";
import { PLOTS, Split } from "./split";
import type { RowActions } from "./table-row";
import { useExperiments } from "./use-experiments";
import { useRuns } from "./use-runs";
import { useShownSigns } from "./use-shown-signs";
import { useView } from "./view";
import { ViewsMenu } from "./views-menu";
import styles from "./workspace.module.css";
import { useWorkspaceKeys } from "./workspace-keys";

const About = lazy(() => import("./about"));
const DeletedExperiment = lazy(() => import("./deleted-experiment"));
const NoExperiment = lazy(() => import("../absent/no-experiment"));
const PlotPanel = lazy(() => import("./plots/plot-panel"));

const TAB_NAMES: Readonly<Record<Tab, string>> = {
  split: "Split", table: "Table", charts: "Charts", parallel: "Parallel", scatter: "Scatter", bar: "Bar",
};
const NO_KEYS = [] as const;

export default function WorkspacePage({ experimentIds }: { readonly experimentIds: readonly string[] }) {
  const isSeveral = experimentIds.length > 1;
  const { found, ids, missing, names, error } = useExperiments(experimentIds);
  const only = isSeveral ? undefined : found?.[0];
  const name = isSeveral ? counted((found ?? experimentIds).length, "experiment") : (only?.name ?? `Experiment ${experimentIds[0]}`);
  useCrumbs([{ name: "Experiments", path: "/experiments" }, { name }]);
  const [address, change] = useWorkspace();
  const state = useMemo(() => ({ ...address, experiments: isSeveral ? ids : [] }), [address, isSeveral, ids]);
  const [, navigate] = useLocation();
  const schema = useSchema(ids, state.deleted ? "DELETED_ONLY" : "ACTIVE_ONLY");
  const logged = schema.data?.keys ?? NO_KEYS;
  const keys = useMemo(() => (isSeveral && schema.data ? withExperiment(logged, schema.data.total) : logged), [isSeveral, logged, schema.data]);
  const said = useMemo(() => (found ?? []).map(({ tags }) => parseObjective(tags[TAG])), [found]);
  const objective = useMemo(() => sharedObjective(said, keys), [said, keys]);
  const { directionOf: directions } = useMemo(() => measuresOf([...said.filter((one) => one !== null), ...(objective ? [objective] : [])]), [said, objective]);
  const columns = useMemo(
    () => (ids.length === 0 ? null : (state.columns ?? (schema.data && found ? defaultColumns(keys, objective) : null))),
    [ids, state.columns, keys, objective, schema.data, found],
  );
  const shownColumns = useMemo(() => inOrder(columns ?? NO_KEYS, state.left), [columns, state.left]);
  const plot = useMemo(() => plotColumns(state, keys, objective), [state, keys, objective]);
  const hasChildren = keys.some((key) => key.key === PARENT);
  const needed = [...neededColumns(state, plot), ...(hasChildren ? [PARENT] : [])].join("\n");
  const asked = useMemo(() => (columns ? [...new Set([...columns, ...needed.split("\n").filter(Boolean)])] : null), [columns, needed]);
  const runs = useRuns(ids, names, { query: state.query, sort: state.sort, deleted: state.deleted, columns: asked });
  const { table } = runs;
  const view = useView(table, state, shownColumns, directions);
  const numeric = useMemo(() => numericColumns(keys), [keys]);
  const metrics = useMemo(() => metricKeys(keys, objective).map((key) => metricOf(key) ?? key), [keys, objective]);
  const named = useMemo(() => logged.map((key) => key.key), [logged]);
  const hover = useMemo(() => new Hover(), []);
  const cursor = useCursor(table, view);
  const [about, setAbout] = useState(false);
  const [viewing, setViewing] = useState(false);
  const [picking, setPicking] = useState(false);
  const filter = useRef<HTMLInputElement>(null);

  const actions = useMemo<RowActions>(
    () => ({
      select: (id) => change((now) => ({ selected: toggled(now.selected, id) }), { replace: true }),
      draw: (id) => change(view.isDrawn(id) ? (now) => without(now, id) : (now) => withRun(now, id), { replace: true }),
    }),
    [change, view.isDrawn],
  );
  const openGroup = useCallback((name: string) => change((now) => ({ open: toggled(now.open, name) })), [change]);
  const open = (id: string) => navigate(`/runs/${id}/overview`);
  const compare = () => navigate(compareAddress(comparedRuns(state)));
  useWorkspaceKeys({
    filter, cursor, actions, change, open, compare, last: view.lines.length - 1, pickColumns: () => setPicking(true), showViews: () => setViewing(true),
  });
  const nameOf = useCallback((id: string) => nameIn(table, id), [table]);
  const grouping = useMemo(
    () => (state.group.length ? { by: state.group, band: state.band, ...(state.group.includes(EXPERIMENT) ? { experiments: names } : {}) } : null),
    [state.group.join("\n"), state.band, names],
  );
  const ofGroups = useMemo(() => (table && view.groups ? shares(view.groups, MOST_GROUPED).map((row) => table.id(row)) : NO_KEYS), [table, view.groups]);
  const groupSizes = useMemo(() => new Map(view.groups?.map(({ name, rows }) => [name, rows.length])), [view.groups]);
  const signs = useShownSigns(view);
  const settings = {
    ...chartOf(state), runs: grouping ? ofGroups : view.drawn, group: grouping, nameOf, hover, baseline: state.baseline,
    ...(view.order.length > MOST_GROUPED ? { groupSizes } : {}),
    onZoom: useCallback((zoom: readonly [number, number] | null) => change({ zoom }), [change]),
  };

  if (error && !isSeveral) return <NoExperiment experimentId={experimentIds[0] ?? ""} error={error} />;
  if (error) return <div className={styles.alone}><ErrorNote error={error} /></div>;
  if (!found) return <Loading what={isSeveral ? "the experiments" : "the experiment"} />;
  if (found.length === 0) return <Empty><h1>None of these experiments is there</h1><p>{missingText(missing)}</p><p><Link href="/experiments">All experiments</Link></p></Empty>;
  if (only?.lifecycle_stage === "deleted") return <DeletedExperiment experiment={only} />;
  if (only?.runs === 0 && !table?.rows && !state.deleted) {
    return <div className={styles.alone}><h1 className="visually-hidden">{only.name}</h1><FirstRun experiment={{ id: only.experiment_id, name: only.name }} /></div>;
  }
  const failed = runs.error && !isRefused(runs.error) ? runs.error : schema.error;
  return (
    <div className={styles.page}>
      {only ? <h1 className="visually-hidden">{`Runs of ${only.name}`}</h1> : (
        <SeveralHead experiments={found} missing={missing} objective={objective} onLeaveOut={(id) => navigate(workspaceAddress(ids.filter((one) => one !== id), state))} />
      )}
      <div className={styles.tools}>
        <FilterBox ref={filter} query={state.query} error={runs.error} example={exampleOf(keys, objective, isSeveral ? ids[0] : undefined)} onQuery={(query) => change({ query })} />
        <ColumnPicker
          keys={keys} columns={shownColumns} left={state.left} isDefault={state.columns === null}
          open={picking} onOpen={setPicking} onColumns={(next) => change({ columns: next })} onLeft={(left) => change({ left })}
        />
        <ViewsMenu {...{ experimentIds: ids, state, change }} shown={viewing} onShown={setViewing} />
        <GroupBy keys={keys} state={state} change={change} />
        <Segmented label="Show" value={state.tab} options={TABS.map((tab) => [tab, TAB_NAMES[tab]])} onValue={(tab) => change({ tab })} />
      </div>
      {about && only && <Suspense fallback={null}><About experiment={only} objective={objective} onClose={() => setAbout(false)} /></Suspense>}
      {failed && <ErrorNote error={failed} />}
      <Split tab={state.tab} signs={signs}>
        <section className={styles.runs} aria-label="Runs">
          <Facts runs={runs} shown={view.order.length} constants={constants(keys)} note={only?.tags[NOTE] ?? ""} onAbout={only ? () => setAbout(true) : null} state={state} change={change} />
          <div className={styles.table} data-busy={runs.busy}>
            {!table && !runs.error && <Loading what="runs" />}
            {!table && isRefused(runs.error) && <Empty>Runs are shown once the filter can be read.</Empty>}
            {table && table.rows === 0 && <Empty>{emptyText(state, isSeveral)}</Empty>}
            {table && table.rows > 0 && view.order.length === 0 && <Empty>The brushes let no run through.</Empty>}
            {table && view.order.length > 0 && (
              <RunsTable
                {...{ table, columns: shownColumns, numeric, view, state, cursor, hover, actions, directions, version: runs.version }}
                onOpen={openGroup}
                onMove={(column, to) => change({ columns: moved(shownColumns, state.left, column, to) })}
                onSort={(sort) => change({ sort })}
                onSelectAll={() => change({ selected: state.selected.length ? [] : [...view.order.subarray(0, MOST_SELECTED)].map((row) => table.id(row)) })}
              />
            )}
          </div>
          <SelectionBar state={state} change={change} nameOf={nameOf} onCompare={compare} />
        </section>
        {PLOTS.has(state.tab) ? (
          <Suspense fallback={<Loading what="the chart" />}>
            {table && <PlotPanel {...{ table, state, change, hover, keys, objective, directions, plot, version: runs.version, all: view.all, through: view.order, groups: view.groups }} />}
          </Suspense>
        ) : (
          <div>
            <ChartPanel metrics={metrics} directions={directions} settings={settings} onChange={change} changed={runs.changed} />
            <ChartPanels keys={named} ids={{ ...(isSeveral ? { experiments: ids } : { experiment: ids[0] as string }), runs: view.drawn, ...(state.baseline ? { baseline: state.baseline } : {}) }} />
          </div>
        )}
      </Split>
    </div>
  );
}

/** Whether the filter is what is wrong, which is said below it. */
const isRefused = (error: Error | null): boolean => error instanceof ApiError && error.status === 400;

function emptyText({ query, deleted }: Pick<WorkspaceState, "query" | "deleted">, isSeveral: boolean): string {
  if (query) return "No run matches this filter.";
  if (deleted) return `No run of ${isSeveral ? "these experiments" : "this experiment"} was deleted.`;
  return "No run yet; the first one is shown when it begins.";
}

const MOST_SELECTED = 100; // as many as an address takes

type Drawing = Pick<ReturnType<typeof useWorkspace>[0], "shown" | "hidden">;
const without = (now: Drawing, id: string): Drawing => ({ shown: now.shown.filter((one) => one !== id), hidden: [...now.hidden, id] });
const withRun = (now: Drawing, id: string): Drawing => ({ shown: [...now.shown, id], hidden: now.hidden.filter((one) => one !== id) });

function numericColumns(keys: readonly { readonly key: string; readonly kind: string; readonly type: string; readonly name: string }[]): ReadonlySet<string> {
  const found = new Set<string>(["attributes.duration", "attributes.start_time", "attributes.end_time"]);
  for (const key of keys) {
    if (key.kind === "metric") for (const value of ["last", "min", "max", "first", "mean", "best_step"]) found.add(`metrics.${key.name}@${value}`);
    else if (key.type === "number") found.add(key.key);
  }
  return found;
}

const ID = 32; // characters

function nameIn(table: ReturnType<typeof useRuns>["table"], id: string): string {
  const row = table?.row(id);
  if (row === undefined) return id.length === ID ? id.slice(0, 8) : id; // a group is called as it is
  return runName(table?.text("attributes.run_name", row), id);
}
