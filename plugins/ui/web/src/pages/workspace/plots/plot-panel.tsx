/** The plot of a tab: all of them show the runs of the table, and are loaded when one is first looked at. */
import type { Hover } from "../../../charts/hover";
import type { DirectionOf, Objective } from "../../../store/objective";
import type { RunTable } from "../../../store/run-table";
import type { Change } from "../../../url/use-workspace";
import type { WorkspaceState } from "../../../url/workspace-state";
import type { SchemaKey } from "../column-choice";
import type { Group } from "../groups";
import { Bars } from "./bars";
import type { PlotColumns } from "./choice";
import { Parallel } from "./parallel";
import { Scatter } from "./scatter";

export interface PlotProps {
  readonly table: RunTable;
  readonly version: number;
  readonly all: Uint32Array; // rows, those that brushes hold back as well
  readonly through: Uint32Array; // those that they let through, in the order of the table
  readonly groups: readonly Group[] | null; // of those
  readonly state: WorkspaceState;
  readonly change: Change;
  readonly hover: Hover;
  readonly keys: readonly SchemaKey[];
  readonly objective: Objective | null;
  readonly directions: DirectionOf;
  readonly plot: PlotColumns;
}

export default function PlotPanel(props: PlotProps) {
  if (props.state.tab === "parallel") return <Parallel {...props} />;
  return props.state.tab === "scatter" ? <Scatter {...props} /> : <Bars {...props} />;
}
