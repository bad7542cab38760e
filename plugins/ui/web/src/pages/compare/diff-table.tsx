/** Runs as columns, what they have as rows in groups; of very many rows the first ones until more are asked for. */
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/client";
import { Button, IconButton } from "../../components/button";
import { Empty, Status } from "../../components/notes";
import { Swatch } from "../../components/swatch";
import { count, duration, exactly, runName } from "../../format";
import { type CompareState, withBaseline } from "../../url/compare-state";
import type { Change } from "./compare-page";
import styles from "./compare.module.css";

export interface Line {
  readonly key: string;
  readonly name: ReactNode;
  readonly cells: readonly ReactNode[]; // in the order of the runs
}

export interface Group {
  readonly title: string;
  readonly lines: readonly Line[];
}

interface DiffTableProps {
  readonly runs: readonly Schemas["DiffRun"][];
  readonly groups: readonly Group[];
  readonly what: string; // such as "params"
  readonly state: CompareState;
  readonly change: Change;
}

const MOST_CELLS = 3_000; // that are drawn at once

export function DiffTable({ runs, groups, what, state, change }: DiffTableProps) {
  const shown = groups.filter((group) => group.lines.length > 0);
  return (
    <div className={styles.scroller} tabIndex={0} role="region" aria-label={`Comparison of ${what}`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col" className={styles.corner}><span className="visually-hidden">What</span></th>
            {runs.map((run, at) => <RunHead key={run.run_id} run={run} isBase={at === 0} state={state} change={change} />)}
          </tr>
        </thead>
        {shown.map((group) => <Lines key={group.title} group={group} columns={runs.length + 1} isOnly={groups.length === 1} />)}
      </table>
      {shown.length === 0 && <Nothing what={what} everything={state.everything} onAll={() => change({ everything: true })} />}
    </div>
  );
}

interface RunHeadProps extends Pick<DiffTableProps, "state" | "change"> {
  readonly run: Schemas["DiffRun"];
  readonly isBase: boolean;
}

function RunHead({ run, isBase, state, change }: RunHeadProps) {
  const id = run.run_id;
  const name = runName(run.run_name, id);
  return (
    <th scope="col">
      <div className={styles.run}>
        <Swatch run={id} />
        <Link href={`/runs/${id}/overview`} title={`${name}, ${id}`}>{name}</Link>
        <IconButton small icon="close" label={`Leave ${name} out`} onClick={() => change({ runs: state.runs.filter((one) => one !== id) })} />
      </div>
      <div className={styles.about} title={exactly(run.start_time)}>
        <Status status={run.status} />
        {run.end_time !== null && <span>{duration(run.end_time - run.start_time)}</span>}
        {isBase ? (
          <span className={styles.badge}>baseline</span>
        ) : (
          <Button small look="quiet" aria-label={`Make ${name} the baseline`} onClick={() => change({ runs: withBaseline(state.runs, id) })}>Make baseline</Button>
        )}
      </div>
    </th>
  );
}

function Lines({ group, columns, isOnly }: { readonly group: Group; readonly columns: number; readonly isOnly: boolean }) {
  const [most, setMost] = useState(Math.max(Math.floor(MOST_CELLS / columns), 20));
  const rest = group.lines.length - most;
  return (
    <tbody>
      {!isOnly && <tr className={styles.group}><th scope="rowgroup" colSpan={columns}><span>{group.title}</span></th></tr>}
      {group.lines.slice(0, most).map((line) => (
        <tr key={line.key}>
          <th scope="row" title={line.key}>{line.name}</th>
          {line.cells.map((cell, at) => <td key={at}>{cell}</td>)}
        </tr>
      ))}
      {rest > 0 && (
        <tr><th scope="row" colSpan={columns}><Button small onClick={() => setMost(most * 4)}>{`${count(rest)} more rows`}</Button></th></tr>
      )}
    </tbody>
  );
}

function Nothing({ what, everything, onAll }: { readonly what: string; readonly everything: boolean; readonly onAll: () => void }) {
  if (everything) return <Empty>These runs have no {what}.</Empty>;
  return (
    <Empty>
      <p>No difference between the {what} of these runs.</p>
      <Button small onClick={onAll}>Show what is the same</Button>
    </Empty>
  );
}
