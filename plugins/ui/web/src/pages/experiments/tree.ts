/** Experiments as a tree of folders, by the slashes in their names. */
import type { Schemas } from "../../api/client";
import { matches } from "../../shell/matching";
import { ownTags } from "../../store/tags";

export type Experiment = Schemas["ExperimentSummary"];

/** A line of the tree: a folder with all that lies below it, or an experiment. */
export interface Line {
  readonly path: string; // of names, with slashes
  readonly name: string; // its last part
  readonly depth: number;
  readonly experiment: Experiment | null; // null for what is a folder only
  readonly isFolder: boolean;
  readonly isPinned: boolean; // at the top, apart from the tree
  readonly all: readonly string[]; // the ids of the experiment and of all below it, pinned ones among them
  readonly runs: number;
  readonly running: number;
  readonly lastActivity: number | null;
}

interface Node {
  readonly name: string;
  readonly path: string;
  experiment: Experiment | null;
  readonly children: Map<string, Node>;
}

const NO_PINS: ReadonlySet<string> = new Set();

/** Pinned experiments by their whole names, then the tree from the top without what lies in closed folders, which a search opens. */
export function treeLines(experiments: readonly Experiment[], closed: ReadonlySet<string>, search: string, pins = NO_PINS): Line[] {
  const root: Node = { name: "", path: "", experiment: null, children: new Map() };
  const lines: Line[] = [];
  const found = experiments.filter((experiment) => matches(textOf(experiment), search));
  const below = idsBelow(found);
  for (const experiment of found) {
    if (pins.has(experiment.experiment_id)) lines.push(pinnedLine(experiment));
    else place(root, experiment);
  }
  lines.sort((a, b) => (b.lastActivity ?? 0) - (a.lastActivity ?? 0));
  for (const node of inOrder(root)) walk(node, 0, search ? new Set() : closed, below, lines);
  return lines;
}

/** The ids of the experiments at each path and below it. */
function idsBelow(experiments: readonly Experiment[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, experiment_id } of experiments) {
    let path = "";
    for (const part of partsOf(name)) {
      path = path ? `${path}/${part}` : part;
      const ids = found.get(path);
      if (ids) ids.push(experiment_id);
      else found.set(path, [experiment_id]);
    }
  }
  return found;
}

/** Folders that hold several experiments, with all of these. */
export function folders(experiments: readonly Experiment[]): readonly (readonly [string, readonly string[]])[] {
  const names = new Set(experiments.map(({ name }) => name));
  return [...idsBelow(experiments)].filter(([path, ids]) => ids.length > 1 && !names.has(path));
}

const textOf = (experiment: Experiment): string =>
  [experiment.name, ...ownTags(experiment.tags).map(([key, value]) => `${key}: ${value}`)].join("\n");

const pinnedLine = (experiment: Experiment): Line => ({
  path: experiment.name, name: experiment.name, depth: 0, experiment, isFolder: false, isPinned: true, all: [experiment.experiment_id],
  runs: experiment.runs, running: experiment.running, lastActivity: experiment.last_activity,
});

function place(root: Node, experiment: Experiment): void {
  let node = root;
  for (const name of partsOf(experiment.name)) {
    let child = node.children.get(name);
    if (!child) {
      child = { name, path: node.path ? `${node.path}/${name}` : name, experiment: null, children: new Map() };
      node.children.set(name, child);
    }
    node = child;
  }
  node.experiment = experiment;
}

/** The parts of a name; one with slashes at strange places is a part as it is. */
function partsOf(name: string): string[] {
  const parts = name.split("/");
  return parts.some((part) => part.trim() === "") ? [name] : parts;
}

const newest = (node: Node): number => sums(node).lastActivity ?? 0;

/** Where something happened last comes first, where nothing did last. */
const inOrder = (node: Node): Node[] =>
  [...node.children.values()].sort((a, b) => newest(b) - newest(a) || a.name.localeCompare(b.name, "en", { numeric: true }));

function walk(node: Node, depth: number, closed: ReadonlySet<string>, below: ReadonlyMap<string, readonly string[]>, lines: Line[]): void {
  const isFolder = node.children.size > 0;
  lines.push({ path: node.path, name: node.name, depth, experiment: node.experiment, isFolder, isPinned: false, all: below.get(node.path) ?? [], ...sums(node) });
  if (isFolder && !closed.has(node.path)) for (const child of inOrder(node)) walk(child, depth + 1, closed, below, lines);
}

function sums(node: Node): Pick<Line, "runs" | "running" | "lastActivity"> {
  let runs = node.experiment?.runs ?? 0;
  let running = node.experiment?.running ?? 0;
  let lastActivity = node.experiment?.last_activity ?? null;
  for (const child of node.children.values()) {
    const below = sums(child);
    runs += below.runs;
    running += below.running;
    if (below.lastActivity !== null) lastActivity = Math.max(lastActivity ?? 0, below.lastActivity);
  }
  return { runs, running, lastActivity };
}
