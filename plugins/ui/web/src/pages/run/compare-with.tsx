/** Leads to comparisons of a run with those that are near to it: its parent, the one before it, its children. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/client";
import { readColumns } from "../../api/frames";
import { useChildren } from "../../api/queries";
import { ErrorNote, Loading } from "../../components/notes";
import { Popover } from "../../components/popover";
import { count } from "../../format";
import { RunTable } from "../../store/run-table";
import { PARENT } from "../../store/tags";
import { compareAddress } from "../../url/compare-state";
import styles from "./run.module.css";

const MOST = 100; // runs of one comparison

/** The run of the same experiment that began last before this one; null where it was the first. */
const usePrevious = (run: Schemas["Run"]) =>
  useQuery({
    queryKey: ["run", run.info.run_id, "previous"],
    queryFn: async ({ signal }) => {
      const body = {
        experiment_ids: [run.info.experiment_id], filter: `attributes.start_time < ${run.info.start_time}`,
        order_by: ["attributes.start_time DESC"], limit: 1,
      };
      const found = RunTable.of(await readColumns(body, signal));
      return found.rows > 0 ? found.id(0) : null;
    },
  });

export function CompareWith({ run }: { readonly run: Schemas["Run"] }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover label="Compare this run" icon="compare" text="Compare" open={open} onOpen={setOpen}>
      {(close) => <Choices run={run} onChoice={close} />}
    </Popover>
  );
}

function Choices({ run, onChoice }: { readonly run: Schemas["Run"]; readonly onChoice: () => void }) {
  const { run_id: runId, experiment_id: experimentId } = run.info;
  const previous = usePrevious(run);
  const children = useChildren(runId);
  const error = previous.error ?? children.error;
  if (error) return <ErrorNote error={error} />;
  if (previous.isLoading || children.isLoading) return <Loading what="runs" />;
  const parent = run.data.tags[PARENT];
  const ids = (children.data?.runs ?? []).map((child) => child.run_id);
  const some = ids.slice(0, MOST - 1);
  const more = ids.length > some.length || children.data?.next_page_token ? `the last ${count(some.length)} children` : ids.length === 1 ? "its child" : `its ${count(ids.length)} children`;
  return (
    <ul className={styles.choices} onClick={onChoice}>
      {parent && <li><Link href={compareAddress([parent, runId])}>With its parent</Link></li>}
      {previous.data && <li><Link href={compareAddress([previous.data, runId])}>With the run before it</Link></li>}
      {ids.length > 0 && <li><Link href={compareAddress([runId, ...some])}>{`With ${more}`}</Link></li>}
      {ids.length > 1 && <li><Link href={compareAddress(some)}>Its children with each other</Link></li>}
      <li><Link href={`/experiments/${experimentId}?sel=${runId}`}>With others of the experiment…</Link></li>
    </ul>
  );
}
