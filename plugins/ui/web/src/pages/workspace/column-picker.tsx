/** Chooses the columns: a search, those that differ, and which value of a metric. */
import { useMemo, useState } from "react";
import { Button } from "../../components/button";
import { SearchField, Select } from "../../components/field";
import { Popover } from "../../components/popover";
import { count } from "../../format";
import { matches } from "../../shell/matching";
import { AGGREGATES, ATTRIBUTES, metricOf, type SchemaKey } from "./column-choice";
import styles from "./picker.module.css";

interface ColumnPickerProps {
  readonly keys: readonly SchemaKey[];
  readonly columns: readonly string[];
  readonly isDefault: boolean;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly onColumns: (columns: readonly string[] | null) => void;
}

interface Entry {
  readonly key: string;
  readonly name: string;
  readonly group: string;
  readonly note: string;
  readonly varies: boolean;
}

const MOST = 200; // that are listed; a search finds the others

export function ColumnPicker({ keys, columns, isDefault, open, onOpen, onColumns }: ColumnPickerProps) {
  return (
    <Popover label="Columns (.)" icon="columns" text={`Columns ${columns.length}`} open={open} onOpen={onOpen}>
      {() => <Choice {...{ keys, columns, isDefault, onColumns }} />}
    </Popover>
  );
}

function Choice({ keys, columns, isDefault, onColumns }: Omit<ColumnPickerProps, "open" | "onOpen">) {
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
      <ul className={styles.list}>
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
      {found.length > MOST && <p className={styles.more}>{`${count(found.length - MOST)} more; search to find them.`}</p>}
      {found.length === 0 && <p className={styles.more}>No column is called so.</p>}
      <footer className={styles.foot}>
        <Button small disabled={isDefault} onClick={() => onColumns(null)}>Those that differ</Button>
        <Button small onClick={() => onColumns([])}>None</Button>
      </footer>
    </div>
  );
}

function entriesOf(keys: readonly SchemaKey[]): Entry[] {
  const of = (kind: SchemaKey["kind"], group: string): Entry[] =>
    keys
      .filter((key) => key.kind === kind && !key.name.startsWith("mlflow."))
      .map((key) => ({ key: key.key, name: key.name, group, note: `${count(key.runs)} runs`, varies: key.varies }));
  const attributes = ATTRIBUTES.map(([key, name]) => ({ key, name, group: "Attributes", note: "", varies: true }));
  return [...of("metric", "Metrics"), ...of("param", "Params"), ...attributes, ...of("tag", "Tags")];
}
