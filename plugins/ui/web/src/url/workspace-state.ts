/** All that one sees in the workspace, as it stands in the address. */
import { formatColumn, formatList, formatQuery, parseColumn, parseList } from "./codec";

export const TABS = ["split", "table", "charts"] as const;
export type Tab = (typeof TABS)[number];

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

export interface WorkspaceState {
  readonly tab: Tab;
  readonly query: string; // the filter, in Runyard's language
  readonly sort: Sort | null; // null: the latest start first
  readonly columns: readonly string[] | null; // null: those that differ
  readonly baseline: string | null;
  readonly pinned: readonly string[];
  readonly selected: readonly string[];
  readonly top: number | "all"; // how many rows of the order are drawn
  readonly shown: readonly string[]; // drawn besides
  readonly hidden: readonly string[]; // not drawn, though among the first
  readonly x: string; // step, relative, wall or metric:KEY
  readonly log: { readonly x: boolean; readonly y: boolean };
  readonly smooth: number; // 0 to below 1
  readonly zoom: readonly [number, number] | null; // of the x axis of every chart
  readonly find: string; // in the names of charts
}

export const START: WorkspaceState = {
  tab: "split",
  query: "",
  sort: null,
  columns: null,
  baseline: null,
  pinned: [],
  selected: [],
  top: 20,
  shown: [],
  hidden: [],
  x: "step",
  log: { x: false, y: false },
  smooth: 0,
  zoom: null,
  find: "",
};

export function parseWorkspace(search: string): WorkspaceState {
  const given = new URLSearchParams(search);
  const tab = TABS.find((name) => name === given.get("tab"));
  const columns = given.get("cols");
  return {
    tab: tab ?? START.tab,
    query: given.get("q") ?? "",
    sort: parseSort(given.get("sort")),
    columns: columns === null ? null : parseList(columns).map(parseColumn),
    baseline: given.get("base") || null,
    pinned: parseList(given.get("pin")),
    selected: parseList(given.get("sel")),
    top: parseTop(given.get("top")),
    shown: parseList(given.get("show")),
    hidden: parseList(given.get("hide")),
    x: given.get("x") || START.x,
    log: { x: (given.get("log") ?? "").includes("x"), y: (given.get("log") ?? "").includes("y") },
    smooth: parseSmooth(given.get("smooth")),
    zoom: parseZoom(given.get("zoom")),
    find: given.get("find") ?? "",
  };
}

export function formatWorkspace(state: WorkspaceState): string {
  return formatQuery({
    tab: state.tab === START.tab ? undefined : state.tab,
    q: state.query,
    sort: state.sort ? `${state.sort.descending ? "-" : ""}${formatColumn(state.sort.column)}` : undefined,
    cols: state.columns === null ? undefined : formatList(state.columns.map(formatColumn)) || ",",
    base: state.baseline ?? undefined,
    pin: formatList(state.pinned),
    sel: formatList(state.selected),
    top: state.top === START.top ? undefined : String(state.top),
    show: formatList(state.shown),
    hide: formatList(state.hidden),
    x: state.x === START.x ? undefined : state.x,
    log: `${state.log.x ? "x" : ""}${state.log.y ? "y" : ""}`,
    smooth: state.smooth ? String(state.smooth) : undefined,
    zoom: state.zoom ? state.zoom.join("..") : undefined,
    find: state.find,
  });
}

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

function parseSmooth(text: string | null): number {
  const value = Number(text);
  return value > 0 && value < 1 ? value : 0;
}

function parseZoom(text: string | null): [number, number] | null {
  const [low, high] = (text ?? "").split("..").map(Number);
  return text && low !== undefined && high !== undefined && low < high ? [low, high] : null;
}

/** The same ids with one more, or without it. */
export function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];
}
