/** A choice of one among a few, and tabs that are pages. */
import { type ReactNode, useEffect, useRef } from "react";
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

interface PageTabsProps {
  readonly label: string;
  readonly tabs: readonly (readonly [string, ReactNode])[];
  readonly current?: string; // where more than the path tells tabs apart
}

export function PageTabs({ label, tabs, current }: PageTabsProps) {
  const [path] = useLocation();
  const at = current ?? path;
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [at, tabs.length]); // panels come later than the other tabs
  return (
    <nav ref={bar} aria-label={label} className={styles.bar}>
      {tabs.map(([address, text]) => (
        <Link
          key={address}
          href={address}
          className={styles.link}
          aria-current={at === address || at.startsWith(`${address}/`) ? "page" : undefined}
        >
          {text}
        </Link>
      ))}
    </nav>
  );
}
