/** All experiments: folders by the slashes in names, what runs now, when something last happened. */
import { useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { useExperiments } from "../../api/queries";
import { SearchField } from "../../components/field";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { counted } from "../../format";
import { useLive } from "../../live/use-live";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import { formatQuery } from "../../url/codec";
import styles from "./experiments.module.css";
import { FirstRun } from "./first-run";
import { TreeTable } from "./tree-table";
import { treeLines } from "./tree";

const GATHER = 1_000; // milliseconds in which what changed is gathered

export function ExperimentsPage() {
  useCrumbs([{ name: "Experiments" }]);
  const { data: experiments, error } = useExperiments();
  useFreshExperiments();
  const search = new URLSearchParams(useSearch()).get("q") ?? "";
  const deferred = useDeferredValue(search);
  const [, navigate] = useLocation();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const field = useRef<HTMLInputElement>(null);
  useKeys("Experiments", [{ keys: "/", what: "Search", act: () => field.current?.focus() }]);
  const lines = useMemo(() => treeLines(experiments ?? [], closed, deferred), [experiments, closed, deferred]);
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
          placeholder="Search by name"
          hint="/"
          value={search}
          onText={(text) => navigate(`/experiments?${formatQuery({ q: text })}`.replace(/\?$/, ""), { replace: true })}
        />
      </header>
      {runs === 0 && <FirstRun />}
      {lines.length > 0 && <TreeTable lines={lines} closed={closed} onToggle={toggle} />}
      {lines.length === 0 && runs > 0 && <Empty>No experiment is called “{deferred}”.</Empty>}
    </div>
  );
}

/** Reads the experiments again when something happens in them. */
function useFreshExperiments(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const refresh = () => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void client.invalidateQueries({ queryKey: ["experiments"] });
    }, GATHER);
  };
  useLive({
    topics: ["*"], // runs are told of by their experiments, which may be any
    onChange: (change) => change.kind !== "metrics" && refresh(),
    onReset: refresh,
  });
}
