/** Ctrl-K: places, experiments, folders of them, models and runs by a few letters of their names. */
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import type { Schemas } from "../api/client";
import { useExperiments } from "../api/queries";
import { useNavPanels } from "../panels/use-panels";
import { Dialog } from "../components/dialog";
import { Icon, type IconName } from "../components/icon";
import { counted, runName } from "../format";
import { folders } from "../pages/experiments/tree";
import { setTheme, THEMES } from "../theme/theme";
import { goAnywhere, useAsked } from "./asked";
import { MOST_TOGETHER, runsOf } from "../url/experiments-state";
import { PLACES } from "./places";
import { matches } from "./matching";
import { useFound } from "./use-found";
import styles from "./shell.module.css";

interface Entry {
  readonly key?: string; // where a note and a name need not be the only ones of their kind
  readonly name: string;
  readonly note: string;
  readonly icon: IconName;
  readonly act: () => void;
}

const MOST = 50;
const NONE: readonly Schemas["ExperimentSummary"][] = [];

const close = () => goAnywhere(null);

export function Palette() {
  const asked = useAsked();
  return (
    <Dialog label="Go anywhere" open={asked !== null} onClose={close} bare>
      <Chooser start={asked ?? ""} />
    </Dialog>
  );
}

function Chooser({ start }: { readonly start: string }) {
  const [text, setText] = useState(start);
  const [at, setAt] = useState(0);
  const { entries, isKnown } = useEntries(text);
  const chosen = Math.min(at, entries.length - 1);
  const act = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.act();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((chosen + step + entries.length) % Math.max(entries.length, 1));
    }
    if (event.key === "Enter") act(entries[chosen]);
  };
  return (
    <>
      <input
        autoFocus
        className={styles.entry}
        placeholder="An experiment, a run, a model, a place…"
        aria-label="Go anywhere"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-results"
        aria-activedescendant={entries.length ? `palette-${chosen}` : undefined}
        value={text}
        onChange={(event) => (setText(event.target.value), setAt(0))}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-results" role="listbox" aria-label="Results" className={styles.results}>
        {entries.map((entry, index) => (
          <li
            key={entry.key ?? `${entry.note} ${entry.name}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            ref={(element) => void (index === chosen && element?.scrollIntoView({ block: "nearest" }))}
            className={styles.result}
            onPointerMove={() => setAt(index)}
            onClick={() => act(entry)}
          >
            <Icon name={entry.icon} />
            {entry.name}
            <small>{entry.note}</small>
          </li>
        ))}
      </ul>
      {entries.length === 0 && <p className={styles.none}>{isKnown ? "Nothing has this name." : "Looking…"}</p>}
    </>
  );
}

function useEntries(text: string): { readonly entries: readonly Entry[]; readonly isKnown: boolean } {
  const [, navigate] = useLocation();
  const { data: experiments = NONE } = useExperiments();
  const found = useFound(text, experiments);
  const panels = useNavPanels();
  const all = useMemo<Entry[]>(
    () => [
      ...PLACES.map((place) => ({ name: place.name, note: "place", icon: place.icon, act: () => navigate(place.path) })),
      ...panels.map((panel) => ({ name: panel.title, note: "panel", icon: "panel" as const, act: () => navigate(`/x/${panel.name}`) })),
      ...experiments.map((one) => ({
        name: one.name,
        note: counted(one.runs, "run"),
        icon: "folder" as const,
        act: () => navigate(`/experiments/${one.experiment_id}`),
      })),
      ...folders(experiments).filter(([, ids]) => ids.length <= MOST_TOGETHER).map(([path, ids]) => ({
        name: `${path}/`,
        note: `runs of ${counted(ids.length, "experiment")} together`,
        icon: "compare" as const,
        act: () => navigate(runsOf(ids)),
      })),
      ...THEMES.map((theme) => ({ name: `Theme: ${theme}`, note: "setting", icon: "sun" as const, act: () => setTheme(theme) })),
    ],
    [experiments, panels, navigate],
  );
  const run = text.trim();
  const openRun = (id: string) => navigate(`/runs/${id}/overview`);
  const experimentOf = (id: string) => experiments.find((one) => one.experiment_id === id)?.name ?? "";
  const entries: Entry[] = [
    ...(/^[0-9a-f]{32}$/.test(run) ? [{ name: run, note: "run", icon: "arrow" as const, act: () => openRun(run) }] : []),
    ...all.filter((entry) => matches(entry.name, text)).slice(0, MOST),
    ...found.models.slice(0, MOST).map(({ name }) => ({ name, note: "model", icon: "models" as const, act: () => navigate(`/models/${encodeURIComponent(name)}`) })),
    ...found.runs.map(({ id, name, experiment }) => ({ key: id, name: runName(name, id), note: `run of ${experimentOf(experiment)}`, icon: "arrow" as const, act: () => openRun(id) })),
  ];
  return { entries, isKnown: found.isKnown };
}
