/** All that one sees in the workspace, as it stands in the address. */
import { CHART_START, type ChartState, formatChart, parseChart } from "./chart-state";
import { formatColumn, formatList, formatQuery, parseColumn, parseList, withQuery } from "./codec";
import { type Brush, formatBrush, formatScales, parseBrush, parseScales, type Scales } from "./plot-state";

export const TABS = ["split", "table", "charts", "parallel", "scatter", "bar"] as const;
export type Tab = (typeof TABS)[number];

export const BANDS = ["minmax", "std"] as const;
export type Band = (typeof BANDS)[number];

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

export interface WorkspaceState extends ChartState {
  readonly experiments: readonly string[]; // whose runs these are, where they are several; else the path says whose
  readonly tab: Tab;
  readonly query: string; // the filter, in Runyard's language
  readonly sort: Sort | null; // null: the latest start first
  readonly columns: readonly string[] | null; // null: those that differ
  readonly left: readonly string[]; // columns that stay at the left, however far one scrolls
  readonly deleted: boolean; // whether the runs are those that were deleted
  readonly baseline: string | null;
  readonly pinned: readonly string[];
  readonly selected: readonly string[];
  readonly top: number | "all"; // how many rows of the order are drawn
  readonly shown: readonly string[]; // drawn besides
  readonly hidden: readonly string[]; // not drawn, though among the first
  readonly brushes: readonly Brush[]; // on axes; only runs that all of them let through are shown
  readonly axes: readonly string[] | null; // of parallel coordinates; null: what varies
  readonly scales: Scales; // where they are not as guessed
  readonly colour: string | null; // a column; null: the first metric
  readonly across: string | null; // the columns of the scatter; null: guessed
  readonly up: string | null;
  readonly pareto: boolean;
  readonly bar: string | null; // the metric of the bars; null: the first one
  readonly box: boolean; // boxes of groups in place of bars
  readonly group: readonly string[]; // columns whose values runs have in common
  readonly band: Band;
  readonly open: readonly string[]; // groups whose runs are shown
  readonly panels: Readonly<Record<string, string>>; // what panels of plugins keep, `x.NAME` in the address
  readonly view: string | null; // the saved view that this began as
}

export const START: WorkspaceState = {
  ...CHART_START,
  experiments: [],
  tab: "split",
  query: "",
  sort: null,
  columns: null,
  left: [],
  deleted: false,
  baseline: null,
  pinned: [],
  selected: [],
  top: 20,
  shown: [],
  hidden: [],
  brushes: [],
  axes: null,
  scales: {},
  colour: null,
  across: null,
  up: null,
  pareto: false,
  bar: null,
  box: false,
  group: [],
  band: "minmax",
  open: [],
  panels: {},
  view: null,
};

export function parseWorkspace(search: string): WorkspaceState {
  const given = new URLSearchParams(search);
  const tab = TABS.find((name) => name === given.get("tab"));
  return {
    experiments: [...new Set(parseList(given.get("exp")))],
    tab: tab ?? START.tab,
    query: given.get("q") ?? "",
    sort: parseSort(given.get("sort")),
    columns: columnsOf(given.get("cols")),
    left: parseList(given.get("left")).map(parseColumn),
    deleted: given.get("runs") === "deleted",
    baseline: given.get("base") || null,
    pinned: parseList(given.get("pin")),
    selected: parseList(given.get("sel")),
    top: parseTop(given.get("top")),
    shown: parseList(given.get("show")),
    hidden: parseList(given.get("hide")),
    ...parseChart(given),
    brushes: parseList(given.get("brush")).map(parseBrush).filter((brush) => brush !== null),
    axes: columnsOf(given.get("axes")),
    scales: parseScales(parseList(given.get("scales"))),
    colour: columnOf(given.get("colour")),
    across: columnOf(given.get("px")),
    up: columnOf(given.get("py")),
    pareto: given.get("pareto") === "1",
    bar: columnOf(given.get("bar")),
    box: given.get("box") === "1",
    group: parseList(given.get("group")).map(parseColumn),
    band: BANDS.find((name) => name === given.get("band")) ?? START.band,
    open: parseList(given.get("open")),
    panels: Object.fromEntries([...given].filter(([name]) => name.startsWith("x."))),
    view: given.get("view") || null,
  };
}

export function formatWorkspace(state: WorkspaceState): string {
  return formatQuery({
    exp: formatList(state.experiments),
    tab: state.tab === START.tab ? undefined : state.tab,
    q: state.query,
    sort: state.sort ? `${state.sort.descending ? "-" : ""}${formatColumn(state.sort.column)}` : undefined,
    cols: columnsText(state.columns),
    left: formatList(state.left.map(formatColumn)),
    runs: state.deleted ? "deleted" : undefined,
    base: state.baseline ?? undefined,
    pin: formatList(state.pinned),
    sel: formatList(state.selected),
    top: state.top === START.top ? undefined : String(state.top),
    show: formatList(state.shown),
    hide: formatList(state.hidden),
    ...formatChart(state),
    brush: formatList(state.brushes.map(formatBrush)),
    axes: columnsText(state.axes),
    scales: formatList(formatScales(state.scales)),
    colour: columnText(state.colour),
    px: columnText(state.across),
    py: columnText(state.up),
    pareto: state.pareto ? "1" : undefined,
    bar: columnText(state.bar),
    box: state.box ? "1" : undefined,
    group: formatList(state.group.map(formatColumn)),
    band: state.band === START.band ? undefined : state.band,
    open: formatList(state.open),
    ...state.panels,
    view: state.view ?? undefined,
  });
}

/** The address of a picture of the runs of one experiment, or of several together. */
export function workspaceAddress(experimentIds: readonly string[], state: WorkspaceState = START): string {
  const [id, ...others] = experimentIds;
  if (id !== undefined && others.length === 0) return withQuery(`/experiments/${id}`, formatWorkspace({ ...state, experiments: [] }));
  return withQuery("/workspace", formatWorkspace({ ...state, experiments: experimentIds }));
}

const columnOf = (text: string | null): string | null => (text ? parseColumn(text) : null);
const columnText = (column: string | null): string | undefined => (column === null ? undefined : formatColumn(column));
const columnsOf = (text: string | null): string[] | null => (text === null ? null : parseList(text).map(parseColumn));

/** A comma alone says that there is no column, which is not the same as no choice. */
const columnsText = (columns: readonly string[] | null): string | undefined =>
  columns === null ? undefined : formatList(columns.map(formatColumn)) || ",";

function parseSort(text: string | null): Sort | null {
  if (!text) return null;
  const descending = text.startsWith("-");
  return { column: parseColumn(descending ? text.slice(1) : text), descending };
}

function parseTop(text: string | null): number | "all" {
  if (text === "all") return "all";
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= 0 ? value : START.top;
}

/** The same ids with one more, or without it. */
export function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
}
