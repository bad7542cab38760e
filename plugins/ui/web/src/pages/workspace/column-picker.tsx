/** Chooses the columns and their places: a search, those that differ, and which value of a metric. */
import { useMemo, useState } from "react";
import { Button, IconButton } from "../../components/button";
import { SearchField, Select } from "../../components/field";
import { Popover } from "../../components/popover";
import { count } from "../../format";
import { matches } from "../../shell/matching";
import { AGGREGATES, ATTRIBUTES, columnTitle, metricOf, moved, type SchemaKey } from "./column-choice";
import styles from "./picker.module.css";

interface ColumnPickerProps {
  readonly keys: readonly SchemaKey[];
  readonly columns: readonly string[];
  readonly left: readonly string[];
  readonly isDefault: boolean;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly onColumns: (columns: readonly string[] | null) => void;
  readonly onLeft: (left: readonly string[]) => void;
}

interface Entry {
  readonly key: string;
  readonly name: string;
  readonly group: string;
  readonly note: string;
  readonly varies: boolean;
}

const MOST = 200; // that are listed; a search finds the others

export function ColumnPicker({ open, onOpen, ...choice }: ColumnPickerProps) {
  return (
    <Popover label="Columns (.)" icon="columns" text={`Columns ${choice.columns.length}`} open={open} onOpen={onOpen}>
      {() => <Choice {...choice} />}
    </Popover>
  );
}

type ChoiceProps = Omit<ColumnPickerProps, "open" | "onOpen">;

function Choice({ keys, columns, left, isDefault, onColumns, onLeft }: ChoiceProps) {
  const [find, setFind] = useState("");
  const [differing, setDiffering] = useState(true);
  const entries = useMemo(() => entriesOf(keys), [keys]);
  const chosenMetrics = new Map(columns.map((key) => [metricOf(key) ?? key, key]));
  const chosen = (entry: Entry): string | undefined => chosenMetrics.get(metricOf(entry.key) ?? entry.key);
  const found = entries.filter((entry) => matches(entry.name, find) && (!differing || entry.varies || chosen(entry)));
  const toggle = (entry: Entry) => {
    const now = chosen(entry);
    onColumns(now ? columns.filter((key) => key !== now) : [...columns, entry.key]);
  };
  return (
    <div className={styles.picker}>
      <SearchField autoFocus label="Find a column" placeholder="Find a column" value={find} onText={setFind} />
      <label className={styles.only}>
        <input type="checkbox" checked={differing} onChange={(event) => setDiffering(event.target.checked)} />
        only those that differ
      </label>
      <div className={styles.list}>
      {!find && columns.length > 0 && <Places {...{ columns, left, onColumns, onLeft }} />}
      <ul>
        {found.slice(0, MOST).map((entry, at) => (
          <li key={entry.key}>
            {found[at - 1]?.group !== entry.group && <h3 className={styles.group}>{entry.group}</h3>}
            <div className={styles.entry}>
              <label>
                <input type="checkbox" checked={chosen(entry) !== undefined} onChange={() => toggle(entry)} />
                <span>{entry.name}</span>
                <small>{entry.note}</small>
              </label>
              {entry.group === "Metrics" && chosen(entry) && (
                <Select
                  label={`Which value of ${entry.name}`}
                  value={chosen(entry)?.split("@").at(-1)}
                  onChange={(event) => onColumns(columns.map((key) => (key === chosen(entry) ? `metrics.${entry.name}@${event.target.value}` : key)))}
                >
                  {AGGREGATES.map((one) => <option key={one} value={one}>{one.replace("_", " ")}</option>)}
                </Select>
              )}
            </div>
          </li>
        ))}
      </ul>
      </div>
      {found.length > MOST && <p className={styles.more}>{`${count(found.length - MOST)} more; search to find them.`}</p>}
      {found.length === 0 && <p className={styles.more}>No column is called so.</p>}
      <footer className={styles.foot}>
        <Button small disabled={isDefault} onClick={() => onColumns(null)}>Those that differ</Button>
        <Button small onClick={() => onColumns([])}>None</Button>
      </footer>
    </div>
  );
}

/** The columns of the table in their order, each to be moved, kept at the left, or left out. */
function Places({ columns, left, onColumns, onLeft }: Omit<ChoiceProps, "keys" | "isDefault">) {
  return (
    <section aria-label="In the table">
      <h3 className={styles.group}>In the table, from left to right</h3>
      <ol>
        {columns.map((column, at) => {
          const { name, note } = columnTitle(column);
          const title = note ? `${name} ${note}` : name;
          const stays = left.includes(column);
          const move = (to: number) => onColumns(moved(columns, left, column, to));
          return (
            <li key={column} className={styles.place}>
              <span>{title}</span>
              <IconButton small icon="arrow" label={`Move ${title} to the left`} onClick={() => move(at - 1)} />
              <IconButton small icon="arrow" className={styles.down} label={`Move ${title} to the right`} onClick={() => move(at + 1)} />
              <IconButton small icon="pin" aria-pressed={stays} label={`Keep ${title} at the left`} onClick={() => onLeft(stays ? left.filter((one) => one !== column) : [...left, column])} />
              <IconButton small icon="close" label={`Leave ${title} out`} onClick={() => onColumns(columns.filter((one) => one !== column))} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function entriesOf(keys: readonly SchemaKey[]): Entry[] {
  const of = (kind: SchemaKey["kind"], group: string): Entry[] =>
    keys
      .filter((key) => key.kind === kind && !key.name.startsWith("mlflow."))
      .map((key) => ({ key: key.key, name: key.name, group, note: `${count(key.runs)} runs`, varies: key.varies }));
  const attributes = ATTRIBUTES.map(([key, name]) => ({ key, name, group: "Attributes", note: "", varies: true }));
  return [...of("metric", "Metrics"), ...of("param", "Params"), ...of("experiment", "Attributes"), ...attributes, ...of("tag", "Tags")];
}
