/** The line above the table: how many runs there are, what is equal in all of them, what came since. */
import { useState } from "react";
import { Button } from "../../components/button";
import { Select } from "../../components/field";
import { count, counted } from "../../format";
import type { Change } from "../../url/use-workspace";
import type { WorkspaceState } from "../../url/workspace-state";
import { BrushChips } from "./brush-chips";
import type { Runs } from "./use-runs";
import { MOST_DRAWN } from "./view";
import styles from "./workspace.module.css";

interface FactsProps {
  readonly runs: Runs;
  readonly shown: number; // runs that brushes let through
  readonly constants: readonly (readonly [string, string])[];
  readonly state: WorkspaceState;
  readonly change: Change;
}

const TOPS = ["5", "10", "20", "50", "100", "all"] as const;

export function Facts({ runs, shown, constants, state, change }: FactsProps) {
  const [open, setOpen] = useState(false);
  const { table } = runs;
  const top = String(state.top);
  return (
    <div className={styles.facts}>
      <span aria-live="polite">{table ? rowsText(table.total, table.rows, shown) : ""}</span>
      <BrushChips brushes={state.brushes} change={change} />
      {runs.waiting > 0 && <Button small look="primary" onClick={runs.showWaiting}>{`${count(runs.waiting)} new, show`}</Button>}
      {constants.length > 0 && (
        <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
          {`${counted(constants.length, "param")} equal in all runs`}
        </button>
      )}
      <label className={styles.top}>
        Draw
        <Select label="How many runs are drawn" value={top} onChange={(event) => change({ top: event.target.value === "all" ? "all" : Number(event.target.value), shown: [], hidden: [] })}>
          {!(TOPS as readonly string[]).includes(top) && <option value={top}>{state.top === 0 ? "chosen" : `first ${top}`}</option>}
          {TOPS.map((one) => <option key={one} value={one}>{one === "all" ? `all (at most ${MOST_DRAWN})` : `first ${one}`}</option>)}
        </Select>
      </label>
      {open && (
        <dl className={styles.constants}>
          {constants.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={value}>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function rowsText(total: number, rows: number, shown: number): string {
  if (shown < rows) return `${count(shown)} of ${counted(rows, "run")}`;
  return rows < total ? `${counted(total, "run")}; the first ${count(rows)} of this order are here` : counted(total, "run");
}
