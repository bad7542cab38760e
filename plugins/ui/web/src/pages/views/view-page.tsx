/** A saved view: opens the picture that it keeps. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useLocation } from "wouter";
import { keptQuery, readView } from "../../api/views";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { useCrumbs } from "../../shell/crumbs";
import { parseWorkspace, workspaceAddress } from "../../url/workspace-state";

export default function ViewPage({ viewId }: { readonly viewId: string }) {
  useCrumbs([{ name: "Experiments", path: "/experiments" }, { name: "Saved view" }]);
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const { data: view, error } = useQuery({ queryKey: ["views", "opened", viewId], queryFn: () => readView(viewId), gcTime: 0 });
  const query = view ? keptQuery(view) : null;
  useEffect(() => {
    if (!view || query === null || view.experiment_ids.length === 0) return;
    client.setQueryData(["views", viewId], view);
    navigate(workspaceAddress(view.experiment_ids, { ...parseWorkspace(query), view: viewId }), { replace: true });
  }, [client, view, viewId, query, navigate]);
  if (error) return <Missing error={error} />;
  if (view && (query === null || view.experiment_ids.length === 0)) return <Missing error={new Error(`The view “${view.name}” was not saved by this UI, or by a newer one, and cannot be shown here.`)} />;
  return <Loading what="the view" />;
}

const Missing = ({ error }: { readonly error: Error }) => (
  <Empty>
    <h1>This view cannot be shown</h1>
    <ErrorNote error={error} />
    <p><Link href="/experiments">All experiments</Link></p>
  </Empty>
);
