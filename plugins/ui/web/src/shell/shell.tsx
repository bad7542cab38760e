/** The frame around every page: rail, breadcrumb, palette, keys, live dot, theme. */
import { type ReactNode, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { Button, IconButton } from "../components/button";
import { Icon } from "../components/icon";
import { Dot } from "../components/notes";
import { Toasts } from "../components/toast";
import { setFollowing } from "../live/events";
import { useStream } from "../live/use-live";
import { isSafeMode } from "../panels/safe-mode";
import { useNavPanels } from "../panels/use-panels";
import { setTheme, THEMES, useTheme } from "../theme/theme";
import { goAnywhere } from "./asked";
import { Crumbs } from "./crumbs";
import { Help } from "./help";
import { EVERYWHERE, type Key, useKeys } from "./keys";
import { Palette } from "./palette";
import { PLACES } from "./places";
import styles from "./shell.module.css";

const THEME_ICONS = { system: "system", light: "sun", dark: "moon" } as const;
const STREAM_TEXT = { off: "", paused: "paused", connecting: "connecting", live: "live", lost: "no connection" } as const;
const PAUSE = "What changes on the server is shown as it changes; press to pause (l)";

export function Shell({ children }: { readonly children: ReactNode }) {
  const [path, navigate] = useLocation();
  const [helping, setHelping] = useState(false);
  const theme = useTheme();
  const keys = useMemo<Key[]>(
    () => [
      { keys: "mod+k", what: "Go anywhere", act: () => goAnywhere("") },
      { keys: "?", what: "These keys", act: () => setHelping(true) },
      ...PLACES.map((place) => ({ keys: place.keys, what: place.name, act: () => navigate(place.path) })),
    ],
    [navigate],
  );
  useKeys(EVERYWHERE, keys);
  const panels = useNavPanels();
  const panelPlaces = panels.map((panel) => ({ path: `/x/${panel.name}`, name: panel.title, icon: "panel" as const }));
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        Skip to the content
      </a>
      <nav className={styles.rail} aria-label="Places">
        <Link href="/" className={styles.logo} aria-label="Runyard">
          <img src="./icon.svg" alt="" />
        </Link>
        {[...PLACES, ...panelPlaces].map((place) => (
          <Link key={place.path} href={place.path} className={styles.place} data-rare={"isRare" in place} aria-current={isAt(path, place.path) ? "page" : undefined}>
            <Icon name={place.icon} size={20} />
            {place.name}
          </Link>
        ))}
        <span className={styles.space} />
        <IconButton icon={THEME_ICONS[theme]} label={`Theme: ${theme}; change to ${next}`} onClick={() => setTheme(next)} />
        <IconButton icon="help" label="Keys (?)" onClick={() => setHelping(true)} />
      </nav>
      <header className={styles.top}>
        <Crumbs />
        {isSafeMode() && <Link href="/plugins" className={styles.safe}>Safe mode: no panels</Link>}
        <Live />
        <Button className={styles.jump} icon="search" aria-label="Go anywhere" onClick={() => goAnywhere("")}>
          <span>Go anywhere</span>
          <kbd>Ctrl K</kbd>
        </Button>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <Toasts />
      <Palette />
      <Help open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

/** Runs belong to experiments, so that all of them light up one place. */
const isAt = (path: string, place: string): boolean =>
  (place === "/" ? path === "/" : path.startsWith(place)) || (place === "/experiments" && /^\/(runs|compare)(\/|$)/.test(path));

function Live() {
  const state = useStream();
  const paused = state === "paused";
  useKeys(EVERYWHERE, [{ keys: "l", what: "Pause what changes, or go on", act: () => setFollowing(paused) }]);
  if (state === "off") return null;
  return (
    <button
      type="button"
      className={styles.live}
      aria-label={paused ? "Live updates are paused: go on" : `Live updates, ${STREAM_TEXT[state]}: pause`}
      title={paused ? "Nothing that changes is shown until you go on (l)" : PAUSE}
      onClick={() => setFollowing(paused)}
    >
      {paused ? <Icon name="pause" size={12} /> : <Dot status={state} />}
      <span aria-live="polite">{STREAM_TEXT[state]}</span>
    </button>
  );
}
