/** What happened to a model or a version. */
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { Button } from "../../components/button";
import { ago, count, exactly } from "../../format";
import styles from "./models.module.css";
import { sentenceOf } from "./timeline";

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
