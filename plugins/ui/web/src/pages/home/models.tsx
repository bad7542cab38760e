/** Registered models that changed last, with the aliases that say which version is in use. */
import { Link } from "wouter";
import { ErrorNote } from "../../components/notes";
import { ago, exactly } from "../../format";
import { modelAddress, useModels, versionAddress } from "../models/use-models";
import styles from "./home.module.css";

const MOST = 6;

export function Models() {
  const { data, error } = useModels("");
  if (error) return <ErrorNote error={error} />;
  const latest = [...(data?.models ?? [])].sort((a, b) => b.updated - a.updated).slice(0, MOST);
  if (latest.length === 0) return null;
  return (
    <section className={styles.box} aria-label="Models">
      <h2>Models <small><Link href="/models">see all</Link></small></h2>
      <ul className={styles.list}>
        {latest.map((model) => (
          <li key={model.name}>
            <span className={styles.line}>
              <Link className={styles.name} href={modelAddress(model.name)}>{model.name}</Link>
              <small className={styles.muted} title={exactly(model.updated)}>{ago(model.updated)}</small>
            </span>
            <span className={styles.aliases}>
              {model.aliases.map(({ alias, version }) => <Link key={alias} href={versionAddress(model.name, version)}>{`@${alias} v${version}`}</Link>)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
