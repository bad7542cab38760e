/** The table, the charts, or both with an edge between that can be moved; a plot stands above the table. */
import { type CSSProperties, type ReactNode, useRef, useState } from "react";
import { type Signs, SignsContext } from "../../theme/signs";
import type { Tab } from "../../url/workspace-state";
import styles from "./workspace.module.css";

export const PLOTS: ReadonlySet<Tab> = new Set(["parallel", "scatter", "bar"]);
const KEY = "runyard.split";
const [LEAST, MOST, STEP] = [20, 80, 2]; // percent

interface SplitProps {
  readonly tab: Tab;
  readonly signs: Signs; // the same in both parts
  readonly children: readonly [ReactNode, ReactNode];
}

export const Split = ({ signs, ...parts }: SplitProps) => <SignsContext value={signs}><Parts {...parts} /></SignsContext>;

function Parts({ tab, children }: Omit<SplitProps, "signs">) {
  const [share, setShare] = useState(() => Number(localStorage.getItem(KEY)) || 50);
  const place = useRef<HTMLDivElement>(null);
  const set = (next: number) => {
    const kept = Math.min(Math.max(next, LEAST), MOST);
    setShare(kept);
    localStorage.setItem(KEY, String(kept));
  };
  const move = (event: React.PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !place.current) return;
    const { left, width } = place.current.getBoundingClientRect();
    set(((event.clientX - left) / width) * 100);
  };
  if (PLOTS.has(tab)) {
    return (
      <div className={styles.stacked}>
        <div className={styles.upper}>{children[1]}</div>
        <div className={styles.lower}>{children[0]}</div>
      </div>
    );
  }
  return (
    <div ref={place} className={styles.split} data-tab={tab} style={{ "--share": `${share}%` } as CSSProperties}>
      {tab !== "charts" && <div className={styles.left}>{children[0]}</div>}
      {tab === "split" && (
        <div
          role="separator"
          aria-label="Width of the table"
          aria-orientation="vertical"
          aria-valuenow={Math.round(share)}
          aria-valuemin={LEAST}
          aria-valuemax={MOST}
          tabIndex={0}
          className={styles.divider}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={move}
          onKeyDown={(event) => {
            const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
            if (step) set(share + step);
          }}
        />
      )}
      {tab !== "table" && <div className={styles.right}>{children[1]}</div>}
    </div>
  );
}
