/** The breadcrumb, and the title of the window: pages say where they are. */
import { useEffect, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { Icon } from "../components/icon";
import { Listeners } from "../listeners";
import styles from "./shell.module.css";

export interface Crumb {
  readonly name: string;
  readonly path?: string; // none for the page itself
}

const listeners = new Listeners();
let crumbs: readonly Crumb[] = [];

/** Says where the page is, the outermost place first. */
export function useCrumbs(places: readonly Crumb[]): void {
  const text = JSON.stringify(places);
  useEffect(() => {
    crumbs = JSON.parse(text) as Crumb[];
    document.title = [...crumbs.map((crumb) => crumb.name).reverse(), "Runyard"].join(" · ");
    listeners.tell();
  }, [text]);
}

export function Crumbs() {
  const shown = useSyncExternalStore(listeners.subscribe, () => crumbs);
  return (
    <nav aria-label="Breadcrumb" className={styles.crumbs}>
      <ol className={styles.crumbs}>
        {shown.map((crumb, at) => (
          <li key={`${at} ${crumb.name}`}>
            {at > 0 && <Icon name="chevron" size={12} />}
            {crumb.path ? <Link href={crumb.path}>{crumb.name}</Link> : <span aria-current="page">{crumb.name}</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}
