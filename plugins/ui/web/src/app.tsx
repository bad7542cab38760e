/** Which page an address shows. */
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Redirect, Route, Router, Switch } from "wouter";
import { queries } from "./api/queries";
import { BASE } from "./base";
import { Loading } from "./components/notes";
import { ErrorBoundary } from "./components/error-boundary";
import { Shell } from "./shell/shell";
import { decoded } from "./url/codec";

const HomePage = lazy(() => import("./pages/home/home-page"));
const ExperimentsPage = lazy(() => import("./pages/experiments/experiments-page"));
const WorkspacePage = lazy(() => import("./pages/workspace/workspace-page"));
const SeveralPage = lazy(() => import("./pages/workspace/several-page"));
const ViewPage = lazy(() => import("./pages/views/view-page"));
const ComparePage = lazy(() => import("./pages/compare/compare-page"));
const ModelsPage = lazy(() => import("./pages/models/models-page"));
const ModelPage = lazy(() => import("./pages/models/model-page"));
const CompareVersionsPage = lazy(() => import("./pages/models/compare-versions-page"));
const ApprovalsPage = lazy(() => import("./pages/models/approvals-page"));
const VersionPage = lazy(() => import("./pages/models/version-page"));
const RunPage = lazy(() => import("./pages/run/run-page"));
const PluginsPage = lazy(() => import("./pages/plugins/plugins-page"));
const PluginPage = lazy(() => import("./pages/plugins/plugin-page"));
const SettingsPage = lazy(() => import("./pages/settings/settings-page"));
const MissingPage = lazy(() => import("./pages/missing-page"));
const NavPage = lazy(() => import("./panels/nav-page"));

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Router base={BASE}>
        <Shell>
          <ErrorBoundary>
            <Suspense fallback={<Loading what="the page" />}>
              <Switch>
                <Route path="/" component={HomePage} />
                <Route path="/experiments" component={ExperimentsPage} />
                <Route path="/experiments/:id">{({ id }) => <WorkspacePage key={id} experimentIds={[id]} />}</Route>
                <Route path="/workspace" component={SeveralPage} />
                <Route path="/views/:id">{({ id }) => <ViewPage key={id} viewId={id} />}</Route>
                <Route path="/compare" component={ComparePage} />
                <Route path="/runs/:id">{({ id }) => <Redirect to={`/runs/${id}/overview`} replace />}</Route>
                <Route path="/runs/:id/:tab/*?">{({ id, tab, "*": rest }) => <RunPage key={id} runId={id} tab={tab} path={rest ?? ""} />}</Route>
                <Route path="/models" component={ModelsPage} />
                <Route path="/approvals" component={ApprovalsPage} />
                <Route path="/models/:name">{({ name }) => <ModelPage key={name} name={decoded(name)} />}</Route>
                <Route path="/models/:name/compare">{({ name }) => <CompareVersionsPage key={name} name={decoded(name)} />}</Route>
                <Route path="/models/:name/versions/:version">
                  {({ name, version }) => <Redirect to={`/models/${encodeURIComponent(decoded(name))}/versions/${version}/overview`} replace />}
                </Route>
                <Route path="/models/:name/versions/:version/:tab/*?">
                  {({ name, version, tab, "*": rest }) => (
                    <VersionPage key={`${name}/${version}`} name={decoded(name)} version={version} tab={tab} path={decoded(rest ?? "")} />
                  )}
                </Route>
                <Route path="/plugins" component={PluginsPage} />
                <Route path="/plugins/:name">{({ name }) => <PluginPage key={name} name={decoded(name)} />}</Route>
                <Route path="/x/:name">{({ name }) => <NavPage key={name} name={decoded(name)} />}</Route>
                <Route path="/settings" component={SettingsPage} />
                <Route><MissingPage /></Route>
              </Switch>
            </Suspense>
          </ErrorBoundary>
        </Shell>
      </Router>
    </QueryClientProvider>
  );
}
