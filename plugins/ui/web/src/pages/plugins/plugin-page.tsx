/** One plugin: how it does, what it provides, where its panels stand. */
import { lazy } from "react";
import { usePlugins, type Plugin } from "../../api/installed";
import { type PanelInfo, usePanels } from "../../api/panels";
import { ErrorNote, Loading } from "../../components/notes";
import stacked from "../../components/stacked.module.css";
import { useFailures } from "../../panels/failures";
import { isSafeMode } from "../../panels/safe-mode";
import { useCrumbs } from "../../shell/crumbs";
import { Health } from "./health";
import { kindName, kindsOf } from "./kinds";
import styles from "./plugins.module.css";

const NoPlugin = lazy(() => import("../absent/no-plugin"));

export default function PluginPage({ name }: { readonly name: string }) {
  useCrumbs([{ name: "Plugins", path: "/plugins" }, { name }]);
  const { data, error } = usePlugins();
  const { data: panels } = usePanels();
  const failures = useFailures();
  if (error) return <NoPlugin name={name} error={error} />;
  if (!data) return <Loading what="the plugin" />;
  const plugin = data.find((one) => one.name === name);
  if (!plugin) return <NoPlugin name={name} />;
  const own = panels?.filter((panel) => panel.plugin === name) ?? [];
  const failed = failures.filter((one) => own.some((panel) => panel.name === one.panel));
  return (
    <div className={styles.list}>
      <header className={styles.top}>
        <h1>{name}</h1>
        <p className={styles.muted}>{[plugin.distribution, plugin.version].filter(Boolean).join(" ")}</p>
        <Health plugin={{ ...plugin, failures: [] }} failures={[]} />
      </header>
      <Troubles plugin={plugin} />
      {own.length > 0 && <Panels panels={own} failures={new Map(failed.map((one) => [one.panel, one.message]))} />}
      <Provided plugin={plugin} />
    </div>
  );
}

function Troubles({ plugin }: { readonly plugin: Plugin }) {
  if (plugin.state === "disabled") {
    return <p className={styles.box}>It is not loaded: the settings <code>plugins</code> or <code>disabled_plugins</code> of the server leave it out.</p>;
  }
  if (plugin.failures.length === 0) return null;
  return (
    <section className={styles.box} aria-label="What is wrong">
      <h2>What is wrong</h2>
      {plugin.failures.map((failure) => (
        <ErrorNote key={`${failure.stage} ${failure.error}`} error={new Error(`${failure.stage}: ${failure.error}`)} />
      ))}
      <p className={styles.muted}>
        Everything else works meanwhile. <code>runyard -v plugins doctor</code> on the server shows the traceback;{" "}
        <code>{`RUNYARD_DISABLED_PLUGINS=${plugin.name}`}</code> leaves the plugin out.
      </p>
    </section>
  );
}

function Panels({ panels, failures }: { readonly panels: readonly PanelInfo[]; readonly failures: ReadonlyMap<string, string> }) {
  return (
    <section className={styles.box} aria-label="Panels">
      <h2>Panels</h2>
      <div className={styles.wide}>
        <table className={`${styles.table} ${stacked.stacked}`}>
          <thead><tr><th scope="col">Title</th><th scope="col">Slot</th><th scope="col">Of use for</th><th scope="col">Health</th></tr></thead>
          <tbody>
            {panels.map((panel) => (
              <tr key={panel.name}>
                <th scope="row" title={panel.summary}>{panel.title}</th>
                <td data-at="side"><code>{panel.slot}</code></td>
                <td data-at="line" data-label="For">{[...panel.files, ...panel.media_types, ...panel.keys].join(", ") || "everything there"}</td>
                <td data-at="line" className={styles.state}>{panel.problem ?? failures.get(panel.name) ?? (isSafeMode() ? "not loaded in safe mode" : "no failure in this tab")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Provided({ plugin }: { readonly plugin: Plugin }) {
  const kinds = kindsOf(plugin);
  if (kinds.length === 0) return plugin.state === "loaded" ? <p className={styles.muted}>It provides nothing but listens to what happens.</p> : null;
  return (
    <section className={styles.box} aria-label="What it provides">
      <h2>What it provides</h2>
      <div className={styles.wide}>
        <table className={`${styles.table} ${stacked.stacked}`}>
          <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">What it does</th></tr></thead>
          <tbody>
            {kinds.flatMap((kind) => plugin.provides.filter((one) => one.kind === kind).map((one) => (
              <tr key={`${kind} ${one.name}`}><th scope="row">{one.name}</th><td data-at="side" className={styles.kind}>{kindName(kind)}</td><td data-at="line" className={styles.state}>{one.summary}</td></tr>
            )))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
