/** A saved view: opens the picture that it keeps. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, useEffect } from "react";
import { useLocation } from "wouter";
import { keptQuery, readView } from "../../api/views";
import { Loading } from "../../components/notes";
import { useCrumbs } from "../../shell/crumbs";
import { parseWorkspace, workspaceAddress } from "../../url/workspace-state";

const NoView = lazy(() => import("../absent/no-view"));

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
  if (error) return <NoView viewId={viewId} error={error} />;
  if (view && (query === null || view.experiment_ids.length === 0)) return <NoView viewId={viewId} error={new Error(`The view “${view.name}” was not saved by this UI, or by a newer one.`)} />;
  return <Loading what="the view" />;
}
