/** The runs of the workspace: the first rows at once, then the rest, then what is told of them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { readColumns } from "../../api/frames";
import { useLive } from "../../live/use-live";
import type { RunEvent } from "../../live/events";
import { EXPERIMENT, type Names, RunTable } from "../../store/run-table";
import type { Sort } from "../../url/workspace-state";
import { fetched } from "./column-choice";

const FIRST = 200; // rows that are shown while the rest comes
const MOST_CELLS = 2_000_000; // that are kept here; beyond, the server sorts
const PAUSE = 250; // milliseconds between two drawings of what is told
const NO_NAMES: Names = {};

export interface Runs {
  readonly table: RunTable | undefined;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly version: number; // counts up with every change of the table
  readonly waiting: number; // runs that began since, and are not in the table
  readonly showWaiting: () => void;
  readonly changed: ReadonlySet<string>; // runs that were told of lately
}

interface Wanted {
  readonly query: string;
  readonly sort: Sort | null;
  readonly deleted: boolean;
  readonly columns: readonly string[] | null; // null: not known yet
}

/** The names of experiments stand in their column. */
export function useRuns(experimentIds: readonly string[], names: Names, { query, sort, deleted, columns }: Wanted): Runs {
  const wanted = useMemo(() => (columns === null ? null : fetched(columns)), [columns]);
  const most = wanted ? Math.max(FIRST, Math.floor(MOST_CELLS / wanted.length)) : FIRST;
  const order = useMemo(() => serverOrder(sort), [sort]);
  const view = deleted ? ("DELETED_ONLY" as const) : ("ACTIVE_ONLY" as const);
  const key = keyOf(experimentIds);
  const shown = wanted?.includes(EXPERIMENT) ? names : NO_NAMES;
  const body = { experiment_ids: [...experimentIds], filter: query || null, columns: wanted ?? [], view };

  const first = useQuery({
    queryKey: ["runs", key, view, query, wanted, shown, FIRST],
    queryFn: async ({ signal }) => RunTable.of(await readColumns({ ...body, limit: FIRST }, signal), shown),
    enabled: wanted !== null,
    structuralSharing: false,
    gcTime: 0,
  });
  // Whoever has all rows sorts them here; only where they are too many is the order a matter of the server's.
  const tooMany = (first.data?.total ?? 0) > most;
  const rest = useQuery({
    queryKey: ["runs", key, view, query, wanted, shown, most, tooMany ? order : null],
    queryFn: async ({ signal }) =>
      RunTable.of(await readColumns({ ...body, limit: most, ...(tooMany ? { order_by: order } : {}) }, signal), shown),
    enabled: wanted !== null && (first.data?.total ?? 0) > FIRST,
    structuralSharing: false,
    gcTime: 0,
  });
  const table = useLast(rest.data ?? first.data);
  const live = useLiveRuns(experimentIds, table, deleted ? "deleted" : "active");
  return { table, error: first.error ?? rest.error, busy: first.isFetching || rest.isFetching, ...live };
}

/** What answers about these experiments are kept by. */
const keyOf = (experimentIds: readonly string[]): string => experimentIds.join();

/** The last table there was, while another one is on its way. */
function useLast(table: RunTable | undefined): RunTable | undefined {
  const last = useRef(table);
  if (table) last.current = table;
  return table ?? last.current;
}

function useLiveRuns(experimentIds: readonly string[], table: RunTable | undefined, stage: RunEvent["lifecycle_stage"]) {
  const client = useQueryClient();
  const [version, setVersion] = useState(0);
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(new Set());
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const gathered = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const draw = () => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setChanged(gathered.current);
      gathered.current = new Set();
      setVersion((now) => now + 1);
    }, PAUSE);
  };
  useEffect(() => setWaiting(new Set()), [table]);
  const key = keyOf(experimentIds);
  const showWaiting = useCallback(() => {
    void client.invalidateQueries({ queryKey: ["runs", key] });
    void client.invalidateQueries({ queryKey: ["schema", key] });
    void client.invalidateQueries({ queryKey: ["experiments", key] });
  }, [client, key]);
  const onRun = (event: RunEvent) => {
    if (!experimentIds.includes(event.experiment_id) || !table) return;
    if (table.update(event)) {
      gathered.current.add(event.run_id);
      draw();
    } else if (table.rows === 0) {
      showWaiting(); // nothing is there that it could move
    } else if (event.lifecycle_stage === stage && !waiting.has(event.run_id)) {
      setWaiting(new Set([...waiting, event.run_id]));
    }
  };
  useLive({ topics: experimentIds.map((id) => `exp:${id}`), onRun, onReset: showWaiting });
  return { version, waiting: waiting.size, showWaiting, changed };
}

/** An order as the server's language has it, with keys in backquotes. */
function serverOrder(sort: Sort | null): string[] {
  if (!sort || sort.column === "attributes.duration") return [];
  const [, kind = "", name = "", aggregate] = /^(\w+)\.(.*?)(?:@(\w+))?$/.exec(sort.column) ?? [];
  const suffix = kind === "metrics" && aggregate && aggregate !== "last" ? `.${aggregate}` : "";
  const key = kind === "attributes" ? name : `\`${name}\`${suffix}`;
  return [`${kind}.${key} ${sort.descending ? "DESC" : "ASC"}`];
}
