/** What brushes let through, each with a button that lets all through again. */
import { Button } from "../../components/button";
import { brushText, withBrush } from "../../plots/brushing";
import type { Change } from "../../url/use-workspace";
import type { WorkspaceState } from "../../url/workspace-state";
import { columnTitle } from "./column-choice";

export function BrushChips({ brushes, change }: { readonly brushes: WorkspaceState["brushes"]; readonly change: Change }) {
  return brushes.map((brush) => (
    <Button
      key={brush.column}
      small
      icon="close"
      title="Let all runs through again"
      onClick={() => change((now) => ({ brushes: withBrush(now.brushes, brush.column, null) }))}
    >
      {`${columnTitle(brush.column).name}: ${brushText(brush)}`}
    </Button>
  ));
}
