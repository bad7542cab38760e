/** All experiments: folders by the slashes in names, what runs now, when something last happened. */
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { useExperiments } from "../../api/queries";
import { SearchField } from "../../components/field";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { counted } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import { formatQuery, withQuery } from "../../url/codec";
import styles from "./experiments.module.css";
import { FirstRun } from "./first-run";
import { usePins } from "./pins";
import { TreeTable } from "./tree-table";
import { treeLines } from "./tree";
import { useFreshExperiments } from "./use-fresh";

export default function ExperimentsPage() {
  useCrumbs([{ name: "Experiments" }]);
  const { data: experiments, error } = useExperiments();
  useFreshExperiments();
  const search = new URLSearchParams(useSearch()).get("q") ?? "";
  const deferred = useDeferredValue(search);
  const [, navigate] = useLocation();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [pins, togglePin] = usePins();
  const field = useRef<HTMLInputElement>(null);
  useKeys("Experiments", [{ keys: "/", what: "Search", act: () => field.current?.focus() }]);
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
          onText={(text) => navigate(withQuery("/experiments", formatQuery({ q: text })), { replace: true })}
        />
      </header>
      {runs === 0 && <FirstRun />}
      {lines.length > 0 && <TreeTable lines={lines} closed={closed} onToggle={toggle} pins={pins} onPin={togglePin} />}
      {lines.length === 0 && runs > 0 && <Empty>No experiment has “{deferred}” in its name or tags.</Empty>}
    </div>
  );
}
