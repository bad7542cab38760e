/** A chart of curves as a table: all of them in short, or the points of one that are drawn. */
import { useMemo, useState } from "react";
import { DataTable } from "../components/data-table";
import { Select } from "../components/field";
import { counted } from "../format";
import { curveRows, pointsOf } from "./chart-rows";
import styles from "./charts.module.css";
import type { Curves } from "./curves";
import type { Extent } from "./extent";

interface CurveTableProps {
  readonly metric: string;
  readonly curves: Curves;
  readonly x: string;
  readonly window: Extent;
  readonly nameOf: (run: string) => string;
}

export default function CurveTable({ metric, curves, x, window, nameOf }: CurveTableProps) {
  const [run, setRun] = useState("");
  const one = curves.curves.find((curve) => curve.run === run);
  const rows = useMemo(() => (one ? pointsOf(one, x, window) : curveRows(curves, x, window, nameOf)), [one, curves, x, window, nameOf]);
  const caption = one ? `${metric} of ${nameOf(run)}, ${counted(rows.length - 1, "point")} that are drawn` : `${metric} of ${counted(rows.length - 1, "curve")} in view`;
  return (
    <div className={styles.numbers}>
      <Select label={`Which numbers of ${metric}`} value={one ? run : ""} onChange={(event) => setRun(event.target.value)}>
        <option value="">Every curve in short</option>
        {curves.curves.map((curve) => <option key={curve.run} value={curve.run}>{`Points of ${nameOf(curve.run)}`}</option>)}
      </Select>
      <div><DataTable caption={caption} rows={rows} /></div>
    </div>
  );
}
