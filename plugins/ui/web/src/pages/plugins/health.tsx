/** How a plugin does, in a word: as the server knows it, and whether a panel of it failed in this tab. */
import type { Plugin } from "../../api/installed";
import { Dot } from "../../components/notes";
import type { Failure } from "../../panels/failures";
import styles from "./plugins.module.css";

const DOTS: Readonly<Record<string, string>> = { loaded: "FINISHED", broken: "FAILED", disabled: "SCHEDULED" };

export function Health({ plugin, failures }: { readonly plugin: Plugin; readonly failures: readonly Failure[] }) {
  const told = plugin.failures.at(-1)?.error ?? failures.at(-1)?.message;
  const word = plugin.state === "loaded" && failures.length ? "panel failed" : plugin.state === "loaded" ? "works" : plugin.state;
  return (
    <span className={styles.health} title={told}>
      <Dot status={failures.length ? "KILLED" : (DOTS[plugin.state] ?? "")} />
      {word}
      {told && <small className={styles.told}>{told}</small>}
    </span>
  );
}
