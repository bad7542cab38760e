/** What this browser prefers, and what holds on the server and where it comes from. */
import { useState, useSyncExternalStore } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { isForbidden } from "../../api/client";
import { type SettingInfo, useServer, useSettings } from "../../api/installed";
import { SearchField } from "../../components/field";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { Segmented } from "../../components/segmented";
import stacked from "../../components/stacked.module.css";
import { isFollowing, setFollowing, watchStream } from "../../live/events";
import { useCrumbs } from "../../shell/crumbs";
import { matches } from "../../shell/matching";
import { isStill, setStill } from "../../theme/motion";
import { setTheme, THEMES, useTheme } from "../../theme/theme";
import { formatQuery, withQuery } from "../../url/codec";
import styles from "./settings.module.css";

export default function SettingsPage() {
  useCrumbs([{ name: "Settings" }]);
  return (
    <div className={styles.page}>
      <h1>Settings</h1>
      <Browser />
      <Server />
    </div>
  );
}

function Browser() {
  const theme = useTheme();
  const following = useSyncExternalStore(watchStream, isFollowing);
  const [still, keepStill] = useState(isStill);
  return (
    <section className={styles.box} aria-label="This browser">
      <h2>This browser</h2>
      <dl className={styles.choices}>
        <dt>Theme</dt>
        <dd><Segmented label="Theme" value={theme} options={THEMES.map((one) => [one, NAMES[one]])} onValue={setTheme} /></dd>
        <dt>Motion</dt>
        <dd>
          <Segmented
            label="Motion"
            value={still ? "less" : "system"}
            options={[["system", "As the system"], ["less", "Less"]]}
            onValue={(value) => (setStill(value === "less"), keepStill(value === "less"))}
          />
        </dd>
        <dt>Live</dt>
        <dd>
          <Segmented
            label="Live"
            value={following ? "on" : "off"}
            options={[["on", "On"], ["off", "Off"]]}
            onValue={(value) => setFollowing(value === "on")}
          />
          <span className={styles.muted}>{following ? "Changes are shown as they happen." : "Changes are shown when a page is loaded."}</span>
        </dd>
      </dl>
      <p className={styles.muted}>Kept in this browser. Columns, charts and filters are kept in the address of a page, so that a link shows the same to others.</p>
    </section>
  );
}

const NAMES = { system: "As the system", light: "Light", dark: "Dark" } as const;

function Server() {
  const { data, error } = useSettings();
  const { data: server } = useServer();
  const [, navigate] = useLocation();
  const given = new URLSearchParams(useSearch());
  const [typed, everything] = [given.get("q") ?? "", given.get("all") === "1"];
  const change = (q: string, all: boolean) =>
    navigate(withQuery("/settings", formatQuery({ q, all: all ? "1" : undefined })), { replace: true });
  const shown = data?.filter((one) => (everything || typed || one.source !== "default") && matches(`${one.name} ${one.env} ${one.doc} ${one.value}`, typed));
  return (
    <section className={styles.box} aria-label="This server">
      <header className={styles.head}>
        <h2>This server</h2>
        <p className={styles.muted}>{server && [`Runyard ${server.version}`, server.user && `you are ${server.user}`].filter(Boolean).join(", ")}</p>
        {data && (
          <>
            <Segmented label="Which settings" value={everything ? "all" : "set"} options={[["set", "Those that were set"], ["all", `All ${data.length}`]]} onValue={(value) => change(typed, value === "all")} />
            <SearchField className={styles.search} label="Search settings" placeholder="Search all settings" value={typed} onText={(text) => change(text, everything)} />
          </>
        )}
      </header>
      {error && (isForbidden(error) ? <p className={styles.muted}>Only administrators see the settings of the server.</p> : <ErrorNote error={error} />)}
      {!data && !error && <Loading what="settings" />}
      {shown && shown.length > 0 && <SettingTable settings={shown} />}
      {shown?.length === 0 && <Empty>{typed ? `No setting matches “${typed}”.` : "Nothing was set: all settings have their defaults."}</Empty>}
      <p className={styles.muted}>
        Settings are changed where the server is started: by flags, the environment or <code>runyard.toml</code>. Secrets are not shown. What each plugin does is on the <Link href="/plugins">page of plugins</Link>.
      </p>
    </section>
  );
}

const SettingTable = ({ settings }: { readonly settings: readonly SettingInfo[] }) => (
  <div className={styles.frame} tabIndex={0} role="region" aria-label="Settings of the server">
    <table className={`${styles.table} ${stacked.stacked}`}>
      <thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">From</th></tr></thead>
      <tbody>
        {settings.map((one) => (
          <tr key={one.name}>
            <th scope="row" data-at="line"><code>{one.name}</code><p className={styles.muted}>{one.doc}</p></th>
            <td className={styles.value}>{one.value ? <code>{one.value}</code> : <span className={styles.muted}>empty</span>}</td>
            <td data-at="side" data-set={one.source !== "default"} title={`in the environment ${one.env}`}>{one.source}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
