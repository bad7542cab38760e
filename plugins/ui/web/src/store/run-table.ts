/** Runs as columns, found by their ids, and changed in place by what is told of them. */
import type { ColumnsHeader } from "../api/frames";
import type { Schemas } from "../api/client";
import { plainNumber } from "../api/client";
import { type Column, named, numberAt, readColumn, setNumber, setText, textAt } from "./column";
import type { Frame } from "./frame";

const DURATION = "attributes.duration"; // made here of the two times
export const EXPERIMENT = "attributes.experiment_id"; // read as the name, where it is known

/** Names by ids. */
export type Names = Readonly<Record<string, string>>;

export class RunTable {
  /** Counts up with every change, for those who show it. */
  version = 0;
  private rowsById: Map<string, number> | null = null; // made when a run is first looked for

  private constructor(
    readonly total: number,
    readonly rows: number,
    private readonly ids: Column,
    private readonly columns: Map<string, Column>,
  ) {}

  static of(frame: Frame<ColumnsHeader>, experiments: Names = {}): RunTable {
    const columns = new Map<string, Column>();
    for (const place of frame.header.cols) {
      const column = readColumn(frame, place);
      columns.set(place.key, place.key === EXPERIMENT ? named(column, (id) => experiments[id] ?? id) : column);
    }
    const { rows, total } = frame.header;
    const table = new RunTable(total, rows, columns.get("run_id") as Column, columns);
    table.addDurations();
    return table;
  }

  /** Whether every matching run is here, so that it can be sorted here. */
  get complete(): boolean {
    return this.rows >= this.total;
  }

  id(row: number): string {
    return textAt(this.ids, row) as string;
  }

  row(id: string): number | undefined {
    if (this.rowsById === null) {
      this.rowsById = new Map();
      for (let row = 0; row < this.rows; row++) this.rowsById.set(this.id(row), row);
    }
    return this.rowsById.get(id);
  }

  column(key: string): Column | undefined {
    return this.columns.get(key);
  }

  text(key: string, row: number): string | null {
    const column = this.columns.get(key);
    return column ? textAt(column, row) : null;
  }

  number(key: string, row: number): number | null {
    const column = this.columns.get(key);
    return column ? numberAt(column, row) : null;
  }

  /** Takes over what an event tells of a run; false where the run is not in the table. */
  update(event: Schemas["RunEvent"]): boolean {
    const row = this.row(event.run_id);
    if (row === undefined) return false;
    this.setText("attributes.status", row, event.status);
    this.setText("attributes.run_name", row, event.run_name);
    if (event.end_time !== null) this.setNumber("attributes.end_time", row, event.end_time);
    for (const [key, latest] of Object.entries(event.metrics)) {
      this.setNumber(`metrics.${key}@last`, row, plainNumber(latest.value));
    }
    this.addDuration(row);
    this.version++;
    return true;
  }

  private setNumber(key: string, row: number, value: number): void {
    const column = this.columns.get(key);
    if (column?.kind === "number") setNumber(column, row, value);
  }

  private setText(key: string, row: number, text: string): void {
    const column = this.columns.get(key);
    if (column?.kind === "category") setText(column, row, text);
  }

  private addDurations(): void {
    const start = this.columns.get("attributes.start_time");
    const end = this.columns.get("attributes.end_time");
    if (start?.kind !== "number" || end?.kind !== "number") return;
    const values = new Float64Array(this.rows);
    for (let row = 0; row < this.rows; row++) values[row] = (end.values[row] as number) - (start.values[row] as number);
    this.columns.set(DURATION, { kind: "number", values, valid: end.valid?.slice() ?? null });
  }

  private addDuration(row: number): void {
    const start = this.number("attributes.start_time", row);
    const end = this.number("attributes.end_time", row);
    if (start !== null && end !== null) this.setNumber(DURATION, row, end - start);
  }
}
