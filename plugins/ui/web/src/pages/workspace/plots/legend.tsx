/** What the colours mean, from least to most, or from worse to better. */
import { gradient } from "../../../plots/ramp";
import { type Scale, tickText } from "../../../plots/scale";
import type { DirectionOf } from "../../../store/objective";
import { directionOfColumn } from "./choice";
import { titleOf } from "./column-select";
import styles from "./plots.module.css";

interface LegendProps {
  readonly column: string;
  readonly scale: Scale;
  readonly dark: boolean;
  readonly directions: DirectionOf;
}

export function Legend({ column, scale, dark, directions }: LegendProps) {
  const text = (at: number) => (scale.kind === "category" ? (scale.texts.at(at && -1) ?? "") : tickText(scale.toValue(at)));
  const ends = directionOfColumn(column, directions) === "min" ? ([1, 0] as const) : ([0, 1] as const);
  return (
    <span className={styles.legend}>
      {titleOf(column)}
      <b>{text(ends[0])}</b>
      <i style={{ background: gradient(dark) }} />
      <b>{text(ends[1])}</b>
    </span>
  );
}
