/** A choice of one among a few, and tabs that are pages. */
import { Link, useLocation } from "wouter";
import styles from "./segmented.module.css";

interface SegmentedProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly onValue: (value: Value) => void;
}

export function Segmented<Value extends string>({ label, value, options, onValue }: SegmentedProps<Value>) {
  return (
    <div role="group" aria-label={label} className={styles.group}>
      {options.map(([name, text]) => (
        <button key={name} type="button" className={styles.tab} aria-pressed={name === value} onClick={() => onValue(name)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export function PageTabs({ label, tabs }: { readonly label: string; readonly tabs: readonly (readonly [string, string])[] }) {
  const [path] = useLocation();
  return (
    <nav aria-label={label} className={styles.bar}>
      {tabs.map(([address, text]) => (
        <Link
          key={address}
          href={address}
          className={styles.link}
          aria-current={path === address || path.startsWith(`${address}/`) ? "page" : undefined}
        >
          {text}
        </Link>
      ))}
    </nav>
  );
}
