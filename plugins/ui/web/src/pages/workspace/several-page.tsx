/** The workspace over the runs of several experiments, which the address names. */
import { Link, Redirect, useSearch } from "wouter";
import { Empty } from "../../components/notes";
import { useCrumbs } from "../../shell/crumbs";
import { MOST_TOGETHER } from "../../url/experiments-state";
import { parseWorkspace, workspaceAddress } from "../../url/workspace-state";
import WorkspacePage from "./workspace-page";

export default function SeveralPage() {
  const state = parseWorkspace(useSearch());
  const ids = state.experiments;
  if (ids.length === 1) return <Redirect to={workspaceAddress(ids, state)} replace />;
  if (ids.length === 0 || ids.length > MOST_TOGETHER) return <Unshown count={ids.length} />;
  return <WorkspacePage key={ids.join()} experimentIds={ids} />;
}

function Unshown({ count }: { readonly count: number }) {
  useCrumbs([{ name: "Experiments", path: "/experiments" }, { name: "Runs of several" }]);
  return (
    <Empty>
      <h1>{count ? "These are too many experiments" : "Which experiments?"}</h1>
      <p>{count ? `The address names ${count} experiments; at most ${MOST_TOGETHER} are shown together.` : "The address names no experiment, as /workspace?exp=1,2 would."}</p>
      <p><Link href="/experiments">Choose experiments</Link></p>
    </Empty>
  );
}
