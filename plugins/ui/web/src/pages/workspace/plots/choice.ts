/** Which columns plots show where nobody chose: params that vary, and the metrics that tell how good a run is. */
import type { Direction } from "../../../store/metric-direction";
import type { DirectionOf, Objective } from "../../../store/objective";
import type { WorkspaceState } from "../../../url/workspace-state";
import { factors, metricKeys, metricOf, type SchemaKey } from "../column-choice";

const [MOST_PARAMS, MOST_METRICS] = [8, 2];

export interface PlotColumns {
  readonly axes: readonly string[];
  readonly colour: string | null;
  readonly across: string | null;
  readonly up: string | null;
  readonly bar: string | null;
}

/** The objective stands last, where lines end. */
export function plotColumns(state: WorkspaceState, keys: readonly SchemaKey[], objective: Objective | null): PlotColumns {
  const metrics = common(metricKeys(keys, objective), keys);
  const params = common(factors(keys), keys);
  const first = metrics[0] ?? null;
  return {
    axes: state.axes ?? [...params.slice(0, MOST_PARAMS), ...metrics.slice(0, MOST_METRICS).reverse()],
    colour: state.colour ?? first,
    across: state.across ?? metrics[1] ?? params[0] ?? first,
    up: state.up ?? first,
    bar: state.bar ?? first,
  };
}

/** Those of some columns that at least half of the runs have; all where none is so common. */
function common(columns: readonly string[], keys: readonly SchemaKey[]): readonly string[] {
  const runs = new Map(keys.map((key) => [key.key, key.runs]));
  const half = Math.max(0, ...runs.values()) / 2;
  const found = columns.filter((column) => (runs.get(column) ?? 0) >= half);
  return found.length ? found : columns;
}

/** What a tab needs besides the columns of the table. */
export function neededColumns(state: WorkspaceState, plot: PlotColumns): string[] {
  const ofTab: readonly (string | null)[] = {
    parallel: [...plot.axes, plot.colour],
    scatter: [plot.across, plot.up, plot.colour],
    bar: [plot.bar],
    split: [], table: [], charts: [],
  }[state.tab];
  return [...ofTab.filter((key): key is string => key !== null), ...state.brushes.map((brush) => brush.column), ...state.group];
}

export function directionOfColumn(column: string | null, directions: DirectionOf): Direction {
  const metric = metricOf(column ?? "");
  return metric === null ? null : directions(metric);
}
