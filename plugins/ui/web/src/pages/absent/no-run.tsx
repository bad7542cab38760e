/** Where no run has the id of an address: those whose id begins alike, or that are called so. */
import { useExperiments } from "../../api/queries";
import { ago, runName } from "../../format";
import { Absent, isMissing, Others } from "./absent";
import { useRunsLike } from "./use-runs-like";

const LISTS = [{ name: "All experiments", path: "/experiments" }, { name: "Recent runs", path: "/" }];

export default function NoRun({ runId, error }: { readonly runId: string; readonly error: Error }) {
  const experiments = useExperiments();
  const { data: runs = [] } = useRunsLike(isMissing(error) ? (experiments.data ?? []) : [], runId);
  const others = runs.map((run) => ({ name: runName(run.name, run.id), path: `/runs/${run.id}/overview`, note: `${run.id.slice(0, 8)}, ${ago(run.start)}` }));
  return (
    <Absent kind="run" asked={runId} error={error} why="It may have been purged after it was deleted, or it is on another server." places={LISTS}>
      <Others title="Runs with an id or a name like this" others={others} />
    </Absent>
  );
}
