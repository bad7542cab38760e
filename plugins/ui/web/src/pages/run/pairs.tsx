/** Names and their values, with a search where there are many. */
import { type ReactNode, useState } from "react";
import { SearchField } from "../../components/field";
import { count } from "../../format";
import { matches } from "../../shell/matching";
import styles from "./run.module.css";

export interface PairsProps {
  readonly title: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly empty: string;
  readonly folded?: boolean;
  readonly shown?: (name: string, value: string) => ReactNode; // where a value is more than its text
}

const MANY = 12; // from which on a search helps

export function Pairs({ title, pairs, empty, folded, shown = (_, value) => value }: PairsProps) {
  const [find, setFind] = useState("");
  const [open, setOpen] = useState(!folded);
  const found = pairs.filter(([name, value]) => matches(`${name} ${value}`, find));
  return (
    <section className={styles.box} aria-label={title}>
      <h2>
        {folded ? <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>{title}</button> : title}
        <small>{count(pairs.length)}</small>
      </h2>
      {open && pairs.length > MANY && <SearchField label={`Search ${title.toLowerCase()}`} placeholder="Search" value={find} onText={setFind} />}
      {pairs.length === 0 && <p className={styles.none}>{empty}</p>}
      {open && (
        <table className={styles.pairs}>
          <colgroup><col className={styles.names} /><col /></colgroup>
          <thead className="visually-hidden"><tr><th>Name</th><th>Value</th></tr></thead>
          <tbody>
            {found.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{shown(name, value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
