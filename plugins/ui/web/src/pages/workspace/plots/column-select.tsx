/** Chooses one column of a plot, among metrics, params and the experiment. */
import { useMemo } from "react";
import { Select } from "../../../components/field";
import type { Objective } from "../../../store/objective";
import { EXPERIMENT } from "../../../store/run-table";
import { columnTitle, factors, metricKeys, type SchemaKey } from "../column-choice";
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
  const others = useMemo(() => factors(keys), [keys]);
  const params = others.filter((key) => key !== EXPERIMENT);
  const isListed = value === null || metrics.includes(value) || others.includes(value);
  return (
    <label className={styles.choice}>
      {label}
      <Select label={label} value={value ?? ""} onChange={(event) => onColumn(event.target.value)}>
        {value === null && <option value="">…</option>}
        {!isListed && <option value={value}>{titleOf(value)}</option>}
        {!metricsOnly && others.length > params.length && <option value={EXPERIMENT}>{titleOf(EXPERIMENT)}</option>}
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
