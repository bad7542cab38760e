/** Chooses one column of a plot, among metrics and params. */
import { useMemo } from "react";
import { Select } from "../../../components/field";
import type { Objective } from "../../../store/objective";
import { columnTitle, metricKeys, type SchemaKey } from "../column-choice";
import styles from "./plots.module.css";

interface ColumnSelectProps {
  readonly label: string;
  readonly keys: readonly SchemaKey[];
  readonly objective: Objective | null; // the first of the metrics
  readonly value: string | null;
  readonly metricsOnly?: boolean;
  readonly onColumn: (column: string) => void;
}

export function ColumnSelect({ label, keys, objective, value, metricsOnly, onColumn }: ColumnSelectProps) {
  const metrics = useMemo(() => metricKeys(keys, objective), [keys, objective]);
  const params = useMemo(() => keys.filter((key) => key.kind === "param" && key.varies).map((key) => key.key), [keys]);
  const isListed = value === null || metrics.includes(value) || params.includes(value);
  return (
    <label className={styles.choice}>
      {label}
      <Select label={label} value={value ?? ""} onChange={(event) => onColumn(event.target.value)}>
        {value === null && <option value="">…</option>}
        {!isListed && <option value={value}>{titleOf(value)}</option>}
        <optgroup label="Metrics">{metrics.map((key) => <option key={key} value={key}>{titleOf(key)}</option>)}</optgroup>
        {!metricsOnly && <optgroup label="Params">{params.map((key) => <option key={key} value={key}>{titleOf(key)}</option>)}</optgroup>}
      </Select>
    </label>
  );
}

export function titleOf(column: string): string {
  const { name, note } = columnTitle(column);
  return note ? `${name}, ${note}` : name;
}
