/** Where no experiment has the id of an address: those that are called so, for people type names there. */
import { useExperiments } from "../../api/queries";
import { counted } from "../../format";
import { matches } from "../../shell/matching";
import { formatQuery, withQuery } from "../../url/codec";
import { Absent, Others } from "./absent";

const FEW = 8;

export default function NoExperiment({ experimentId, error }: { readonly experimentId: string; readonly error: Error }) {
  const { data: experiments = [] } = useExperiments();
  const like = experiments.filter((one) => matches(one.name, experimentId));
  const shown = (like.length ? like : experiments).slice(0, FEW);
  const places = [
    { name: "All experiments", path: "/experiments" },
    ...(like.length ? [{ name: `Search experiments for “${experimentId}”`, path: withQuery("/experiments", formatQuery({ q: experimentId })) }] : []),
  ];
  return (
    <Absent
      kind="experiment"
      asked={experimentId}
      error={error}
      why="Addresses have the ids of experiments, not their names. It may have been purged after it was deleted, or it is on another server."
      places={places}
    >
      <Others
        title={like.length ? "Experiments with this in their name" : "The newest experiments"}
        others={shown.map((one) => ({ name: one.name, path: `/experiments/${one.experiment_id}`, note: `id ${one.experiment_id}, ${counted(one.runs, "run")}` }))}
      />
    </Absent>
  );
}
