/** Chooses how curves are smoothed, and how much. */
import { Select } from "../components/field";
import { count } from "../format";
import type { Smoothing, SmoothingKind } from "../url/chart-state";
import styles from "./charts.module.css";

const NAMES: readonly (readonly [SmoothingKind, string])[] = [["ema", "Time-weighted"], ["mean", "Running mean"], ["gaussian", "Gaussian"]];
const END = 100; // of the slider

/** The amount at a place of the slider: even for weights, finer at the start for windows. */
export function amountAt(kind: SmoothingKind, place: number): number {
  if (place <= 0) return 0;
  if (kind === "ema") return Math.min(place, END - 1) / END;
  if (kind === "gaussian") return Math.max(0.5, Math.round((place / END) ** 2 * 100) / 2);
  return Math.round(2 * 5_000 ** ((place - 1) / (END - 1)));
}

export function placeOf({ kind, amount }: Smoothing): number {
  let place = 0;
  while (place < END && amountAt(kind, place) < amount) place++;
  return place;
}

const amountText = ({ kind, amount }: Smoothing): string => {
  if (!amount) return "off";
  return kind === "ema" ? amount.toFixed(2) : kind === "mean" ? `${count(amount)} pt` : `σ ${amount}`;
};

interface SmoothingProps {
  readonly smooth: Smoothing;
  readonly onSmooth: (smooth: Smoothing, how?: { replace?: boolean }) => void;
}

export function SmoothingChoice({ smooth, onSmooth }: SmoothingProps) {
  const { kind } = smooth;
  return (
    <span className={styles.slider}>
      <label>
        Smooth
        <input
          type="range" aria-label="Smooth" min="0" max={END} step="1"
          value={placeOf(smooth)}
          aria-valuetext={amountText(smooth)}
          onChange={(event) => onSmooth({ kind, amount: amountAt(kind, Number(event.target.value)) }, { replace: true })}
        />
        <output>{amountText(smooth)}</output>
      </label>
      {smooth.amount > 0 || kind !== "ema" ? (
        <Select
          label="How curves are smoothed"
          value={kind}
          onChange={(event) => {
            const next = event.target.value as SmoothingKind;
            onSmooth({ kind: next, amount: amountAt(next, placeOf(smooth)) });
          }}
        >
          {NAMES.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
        </Select>
      ) : null}
    </span>
  );
}
