/** The line above the table: how many runs there are, what is equal in all of them, what came since. */
import { useState } from "react";
import { Button, IconButton } from "../../components/button";
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
  readonly note: string; // of the experiment
  readonly onAbout: (() => void) | null; // null where several have no note together
  readonly state: WorkspaceState;
  readonly change: Change;
}

const TOPS = ["5", "10", "20", "50", "100", "all"] as const;

export function Facts({ runs, shown, constants, note, onAbout, state, change }: FactsProps) {
  const [open, setOpen] = useState(false);
  const { table } = runs;
  const top = String(state.top);
  return (
    <div className={styles.facts}>
      <span aria-live="polite">{table ? rowsText(table.total, table.rows, shown, state.deleted ? "deleted run" : "run") : ""}</span>
      <BrushChips brushes={state.brushes} change={change} />
      {runs.waiting > 0 && <Button small look="primary" onClick={runs.showWaiting}>{`${counted(runs.waiting, "new run")}, show`}</Button>}
      {constants.length > 0 && (
        <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
          {`${counted(constants.length, "param")} equal in all runs`}
        </button>
      )}
      {onAbout && (
        <button type="button" className={`${styles.fold} ${styles.note}`} title={note || "A note, tags, and what the runs are measured by"} onClick={onAbout}>
          {firstLine(note) || "About"}
        </button>
      )}
      {state.deleted && <Button small onClick={() => change({ deleted: false, selected: [] })}>Back to the runs in use</Button>}
      <label className={styles.top}>
        Draw
        <Select label="How many runs are drawn" value={top} onChange={(event) => change({ top: event.target.value === "all" ? "all" : Number(event.target.value), shown: [], hidden: [] })}>
          {!(TOPS as readonly string[]).includes(top) && <option value={top}>{state.top === 0 ? "chosen" : `first ${top}`}</option>}
          {TOPS.map((one) => <option key={one} value={one}>{one === "all" ? `all (at most ${MOST_DRAWN})` : `first ${one}`}</option>)}
        </Select>
      </label>
      {!state.deleted && <IconButton small icon="bin" label="Show deleted runs" onClick={() => change({ deleted: true, selected: [] })} />}
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

/** The first line of a note that says something, without the marks of Markdown. */
const firstLine = (note: string): string =>
  note.split("\n").map((line) => line.replace(/[*_`#>]+/g, "").trim()).find(Boolean) ?? "";

function rowsText(total: number, rows: number, shown: number, noun: string): string {
  if (shown < rows) return `${count(shown)} of ${counted(rows, noun)}`;
  return rows < total ? `${counted(total, noun)}; the first ${count(rows)} of this order are here` : counted(total, noun);
}
