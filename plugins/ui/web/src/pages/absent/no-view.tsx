/** Where a saved view cannot be shown: those that can. */
import { ago } from "../../format";
import { useAllViews } from "../../api/views";
import { Absent, Others } from "./absent";

const FEW = 8;

export default function NoView({ viewId, error }: { readonly viewId: string; readonly error: Error }) {
  const { data: views = [] } = useAllViews();
  return (
    <Absent
      kind="saved view"
      asked={viewId}
      error={error}
      why="It may have been deleted; the menu Views of an experiment has those that are there."
      places={[{ name: "All experiments", path: "/experiments" }]}
    >
      <Others title="Views that are there" others={views.slice(0, FEW).map((view) => ({ name: view.name, path: `/views/${view.view_id}`, note: ago(view.last_update_time) }))} />
    </Absent>
  );
}
