/** All installed plugins: what each provides and how it does. */
import { useDeferredValue, useRef } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { type Plugin, usePlugins } from "../../api/installed";
import { type PanelInfo, usePanels } from "../../api/panels";
import { SearchField } from "../../components/field";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import stacked from "../../components/stacked.module.css";
import { counted } from "../../format";
import { useFailures } from "../../panels/failures";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import { matches } from "../../shell/matching";
import { formatQuery, withQuery } from "../../url/codec";
import { Health } from "./health";
import { byHealth, kindName, kindsOf } from "./kinds";
import styles from "./plugins.module.css";
import { SafeMode } from "./safe-mode";
import { WriteOne } from "./write-one";

const NO_PANELS: readonly PanelInfo[] = [];

export default function PluginsPage() {
  useCrumbs([{ name: "Plugins" }]);
  const search = new URLSearchParams(useSearch()).get("q") ?? "";
  const typed = useDeferredValue(search).trim();
  const { data, error } = usePlugins();
  const { data: panels = NO_PANELS, error: noPanels } = usePanels();
  const [, navigate] = useLocation();
  const field = useRef<HTMLInputElement>(null);
  useKeys("Plugins", [{ keys: "/", what: "Search", act: () => field.current?.focus() }]);
  const shown = data?.filter((plugin) => matches(words(plugin), typed)).sort(byHealth);
  const broken = data?.filter((plugin) => plugin.state === "broken").length ?? 0;
  return (
    <div className={styles.list}>
      <header className={styles.top}>
        <h1>Plugins</h1>
        <p className={styles.muted} aria-live="polite">{data && `${counted(data.length, "plugin")}${broken ? `, ${broken} broken` : ""}`}</p>
        <SearchField
          ref={field}
          className={styles.search}
          label="Search plugins"
          placeholder="A name or a kind, such as store"
          hint="/"
          value={search}
          onText={(text) => navigate(withQuery("/plugins", formatQuery({ q: text })), { replace: true })}
        />
      </header>
      <SafeMode panels={panels} />
      {error && <ErrorNote error={error} />}
      {noPanels && <ErrorNote error={new Error(`Panels cannot be listed: ${noPanels.message}`)} />}
      {!data && !error && <Loading what="plugins" />}
      {shown && shown.length > 0 && <PluginTable plugins={shown} panels={panels} />}
      {shown?.length === 0 && <Empty>Nothing installed matches “{search}”.</Empty>}
      <WriteOne />
    </div>
  );
}

const words = (plugin: Plugin): string =>
  [plugin.name, plugin.distribution, plugin.state, ...plugin.provides.flatMap((one) => [kindName(one.kind), one.name, one.summary])].join(" ");

function PluginTable({ plugins, panels }: { readonly plugins: readonly Plugin[]; readonly panels: readonly PanelInfo[] }) {
  const failures = useFailures();
  return (
    <div className={styles.frame} tabIndex={0} role="region" aria-label="Installed plugins">
      <table className={`${styles.table} ${styles.plugins} ${stacked.stacked}`}>
        <thead><tr><th scope="col">Name</th><th scope="col">Version</th><th scope="col">Health</th><th scope="col">Provides</th><th scope="col">Panels</th></tr></thead>
        <tbody>
          {plugins.map((plugin) => {
            const own = panels.filter((panel) => panel.plugin === plugin.name);
            return (
              <tr key={plugin.name}>
                <th scope="row"><Link href={`/plugins/${encodeURIComponent(plugin.name)}`}>{plugin.name}</Link></th>
                <td data-at="side" className={styles.version}>{plugin.version}</td>
                <td data-at="side"><Health plugin={plugin} failures={failures.filter((one) => own.some((panel) => panel.name === one.panel))} /></td>
                <td className={styles.kinds}>{kindsOf(plugin).filter((kind) => kind !== "ui_panels").map(kindName).join(", ")}</td>
                <td data-at="line">{[...new Set(own.map((panel) => panel.slot))].map((slot) => <code key={slot} className={styles.slot}>{slot}</code>)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
