/** In the place of a page whose thing is not there, may not be seen or cannot be read: what was asked, and ways on. */
import type { ReactNode } from "react";
import { Link } from "wouter";
import { ApiError, isForbidden } from "../../api/client";
import { Button } from "../../components/button";
import { ErrorNote } from "../../components/notes";
import { goAnywhere } from "../../shell/asked";
import styles from "./absent.module.css";

export interface Onward {
  readonly name: string;
  readonly path: string;
  readonly note?: string | undefined;
}

interface AbsentProps {
  readonly kind: string; // of thing, such as "run"
  readonly asked: string; // what the address names
  readonly error?: Error | undefined; // none where nothing was read, as nothing is ever there
  readonly why: ReactNode; // where it may have gone
  readonly places: readonly Onward[]; // where it would be listed
  readonly look?: string; // what the palette is to look for
  readonly children?: ReactNode; // what else may be meant, shown where it is not there
}

export function Absent({ kind, asked, error, why, places, look, children }: AbsentProps) {
  const missing = error === undefined || isMissing(error);
  return (
    <div className={styles.page}>
      <header role={missing ? "alert" : undefined} className={styles.head}>
        <h1>{missing ? `There is no ${kind} “${asked}”` : isForbidden(error) ? `You may not see this ${kind}` : `The ${kind} cannot be shown`}</h1>
        {missing ? <p className={styles.why}>{why}</p> : <ErrorNote error={error} />}
      </header>
      {missing && children}
      <nav aria-label="Onward" className={styles.onward}>
        {places.map(({ name, path }) => <Link key={path} href={path}>{name}</Link>)}
        {missing && look && <Button icon="search" onClick={() => goAnywhere(look)}>{`Look for “${look}”`}</Button>}
        {!missing && !isForbidden(error) && <Button onClick={() => location.reload()}>Load it again</Button>}
      </nav>
    </div>
  );
}

/** Whether there is no such thing, or cannot be one as its name is none. */
export const isMissing = (error: Error): boolean => error instanceof ApiError && (error.status === 404 || error.status === 400);

/** Others that may be meant, or what there is; nothing where there are none. */
export function Others({ title, others }: { readonly title: string; readonly others: readonly Onward[] }) {
  if (others.length === 0) return null;
  return (
    <section className={styles.others} aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {others.map(({ name, path, note }) => (
          <li key={path}>
            <Link href={path}>{name}</Link>
            {note && <small>{note}</small>}
          </li>
        ))}
      </ul>
    </section>
  );
}
