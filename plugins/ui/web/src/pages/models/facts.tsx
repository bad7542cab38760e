/** Tags of a model or a version, and what happened to it. */
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { Button } from "../../components/button";
import { ago, count, exactly } from "../../format";
import styles from "./models.module.css";
import { sentenceOf } from "./timeline";

export const Pairs = ({ title, pairs }: { readonly title: string; readonly pairs: readonly (readonly [string, string])[] }) => (
  <section className={styles.box} aria-label={title}>
    <h2>{title} <small>{count(pairs.length)}</small></h2>
    <table className={styles.pairs}>
      <thead className="visually-hidden"><tr><th>Name</th><th>Value</th></tr></thead>
      <tbody>{pairs.map(([name, value]) => <tr key={name}><th scope="row">{name}</th><td>{value}</td></tr>)}</tbody>
    </table>
  </section>
);

const FEW = 12;

/** The newest first. */
export function Events({ events }: { readonly events: readonly Schemas["RegistryEvent"][] }) {
  const [most, setMost] = useState(FEW);
  const newest = [...events].reverse();
  return (
    <section className={styles.box} aria-label="History">
      <h2>History <small>{count(events.length)}</small></h2>
      <ol className={styles.events}>
        {newest.slice(0, most).map((event, at) => (
          <li key={newest.length - at}>
            <span>{sentenceOf(event)}</span>
            <small title={exactly(event.timestamp)}>{[event.user_id, ago(event.timestamp)].filter(Boolean).join(", ")}</small>
          </li>
        ))}
      </ol>
      {newest.length > most && <Button small onClick={() => setMost(most * 5)}>{`${count(newest.length - most)} earlier`}</Button>}
    </section>
  );
}
