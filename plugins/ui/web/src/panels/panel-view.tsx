/** A panel of a plugin in its place, in a shadow root of its own; where it fails, its name, its version and the error. */
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { type PanelInfo, SLOTS } from "../api/panels";
import { BASE } from "../base";
import { Button } from "../components/button";
import { ErrorNote, Loading } from "../components/notes";
import { useLive } from "../live/use-live";
import { colour, TOKENS, useDark } from "../theme/theme";
import { asker } from "./ask";
import { type Failure, forgetFailure, keepFailure } from "./failures";
import { API, type PanelContext, type PanelIds } from "./panel-api";
import { usePanelState } from "./panel-state";
import styles from "./panels.module.css";
import shadowStyle from "./shadow.css?inline";
import { type Running, startPanel } from "./start";

const DOING = { load: "while it was loaded", mount: "when it was to show itself", update: "when something changed", event: "while it was used" } as const;

interface PanelViewProps {
  readonly panel: PanelInfo;
  readonly ids: PanelIds;
  readonly titled?: boolean; // where the page does not say whose it is
}

export default function PanelView({ panel, ids, titled }: PanelViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const running = useRef<Running | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [ready, setReady] = useState(false);
  const [tries, setTries] = useState(0);
  const aborter = useRef(new AbortController());
  const context = useContextOf(panel, ids, aborter);
  const latest = useRef(context);
  latest.current = context;
  useEffect(() => {
    const element = place.current;
    if (!element || panel.module === null) return;
    aborter.current = new AbortController();
    setReady(false);
    setFailure(null);
    forgetFailure(panel.name);
    running.current = startPanel({
      panel,
      address: `${location.origin}${BASE}/${panel.module}${tries ? `?try=${tries}` : ""}`, // one that failed is asked for anew
      element: fresh(element),
      context: latest.current,
      onReady: () => setReady(true),
      onFailure: (stage, message) => {
        const told = { panel: panel.name, stage, message };
        setFailure(told);
        keepFailure(told);
      },
    });
    return () => {
      running.current?.stop();
      running.current = null;
      aborter.current.abort();
    };
  }, [panel, tries]);
  useEffect(() => running.current?.update(context), [context]);
  const isGone = failure !== null && failure.stage !== "event";
  return (
    <section className={styles.panel} aria-label={panel.title} data-panel={panel.name}>
      {titled && <h2 className={styles.title}>{panel.title}</h2>}
      {!ready && !failure && <Loading what={panel.title.toLowerCase()} />}
      {failure && (
        <div className={styles.failure}>
          <ErrorNote error={new Error(`The panel “${panel.title}” of ${panel.plugin} ${panel.version} failed ${DOING[failure.stage]}: ${failure.message}`)} />
          <p>
            <Button small onClick={() => setTries(tries + 1)}>Try again</Button>
            <Link href={`/plugins/${encodeURIComponent(panel.plugin)}`}>About this plugin</Link>
          </p>
        </div>
      )}
      <div ref={place} hidden={isGone} className={styles.place} />
    </section>
  );
}

/** An empty element in the shadow root of another, with the pages' plain style. */
function fresh(host: HTMLElement): HTMLElement {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet(); // the policy of the pages takes no style elements
  sheet.replaceSync(shadowStyle);
  root.adoptedStyleSheets = [sheet];
  const element = document.createElement("div");
  root.replaceChildren(element);
  return element;
}

function useContextOf(panel: PanelInfo, ids: PanelIds, aborter: { readonly current: AbortController }): PanelContext {
  const [, navigate] = useLocation();
  const [state, setState] = usePanelState(panel.name);
  const dark = useDark();
  const baseline = new URLSearchParams(useSearch()).get("base");
  const key = JSON.stringify(baseline ? { baseline, ...ids } : ids);
  const revision = useRevision(ids);
  const set = useRef(setState);
  set.current = setState;
  return useMemo(
    () => ({
      api: API,
      slot: SLOTS.find((slot) => slot === panel.slot) ?? panel.slot,
      ids: JSON.parse(key) as PanelIds,
      revision,
      theme: { dark, colours: Object.fromEntries(TOKENS.map((token) => [token, colour(token)])) },
      fetch: (path, init) => asker(BASE, aborter.current.signal)(path, init),
      state,
      setState: (next) => set.current(next),
      openRun: (run) => navigate(`/runs/${encodeURIComponent(run)}/overview`),
    }),
    [panel, key, revision, dark, state, navigate, aborter],
  );
}

/** Grows with what is told of the run, or of the experiments where no run is meant. */
function useRevision(ids: PanelIds): number {
  const [revision, setRevision] = useState(0);
  const experiments = ids.experiments ?? (ids.experiment ? [ids.experiment] : []);
  const topics = ids.run ? [`run:${ids.run}`] : experiments.length ? experiments.map((id) => `exp:${id}`) : ids.model ? ["models"] : [];
  const grow = () => setRevision((now) => now + 1);
  useLive({ topics, onRun: grow, onChange: grow, onReset: grow });
  return revision;
}
