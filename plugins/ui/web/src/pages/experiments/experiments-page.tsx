/** All experiments: folders by the slashes in names, what runs now, when something last happened. */
import { useCallback, useDeferredValue, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useExperiments } from "../../api/queries";
import { SearchField } from "../../components/field";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { counted } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import { formatExperiments, MOST_TOGETHER, parseExperiments, runsOf } from "../../url/experiments-state";
import { useAddressState } from "../../url/use-address-state";
import styles from "./experiments.module.css";
import { FirstRun } from "./first-run";
import { usePins } from "./pins";
import { SelectionBar } from "./selection-bar";
import { TreeTable } from "./tree-table";
import { treeLines } from "./tree";
import { useFreshExperiments } from "./use-fresh";

export default function ExperimentsPage() {
  useCrumbs([{ name: "Experiments" }]);
  const { data: experiments, error } = useExperiments();
  useFreshExperiments();
  const [{ query: search, selected: wanted }, change] = useAddressState(parseExperiments, formatExperiments);
  const deferred = useDeferredValue(search);
  const [, navigate] = useLocation();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [pins, togglePin] = usePins();
  const field = useRef<HTMLInputElement>(null);
  const selected = useMemo(() => new Set(experiments?.map((one) => one.experiment_id).filter((id) => wanted.includes(id))), [experiments, wanted]);
  const select = useCallback(
    (ids: readonly string[], on: boolean) =>
      change((now) => ({ selected: on ? [...new Set([...now.selected, ...ids])] : now.selected.filter((id) => !ids.includes(id)) }), { replace: true }),
    [change],
  );
  const compare = () => void (selected.size > 1 && selected.size <= MOST_TOGETHER && navigate(runsOf([...selected])));
  useKeys("Experiments", [
    { keys: "/", what: "Search", act: () => field.current?.focus() },
    { keys: "c", what: "Compare runs of the selected experiments", act: compare },
  ]);
  const lines = useMemo(() => treeLines(experiments ?? [], closed, deferred, pins), [experiments, closed, deferred, pins]);
  if (error) return <div className={styles.page}><ErrorNote error={error} /></div>;
  if (!experiments) return <Loading what="experiments" />;
  const runs = experiments.reduce((sum, one) => sum + one.runs, 0);
  const toggle = (path: string) => {
    const next = new Set(closed);
    if (!next.delete(path)) next.add(path);
    setClosed(next);
  };
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>Experiments</h1>
        <p className={styles.sum}>{`${counted(experiments.length, "experiment")}, ${counted(runs, "run")}`}</p>
        <SearchField
          ref={field}
          className={styles.search}
          label="Search experiments"
          placeholder="Search by name or tag"
          hint="/"
          value={search}
          onText={(query) => change({ query }, { replace: true })}
        />
      </header>
      {runs === 0 && <FirstRun />}
      {lines.length > 0 && <TreeTable lines={lines} closed={closed} onToggle={toggle} pins={pins} onPin={togglePin} selected={selected} onSelect={select} />}
      {lines.length === 0 && runs > 0 && <Empty>No experiment has “{deferred}” in its name or tags.</Empty>}
      {selected.size > 0 && <SelectionBar count={selected.size} onCompare={compare} onNone={() => change({ selected: [] }, { replace: true })} />}
    </div>
  );
}
