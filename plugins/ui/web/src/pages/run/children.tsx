/** The runs that name this one as their parent: what differs between them, and how good they are. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, content, type Schemas } from "../../api/client";
import { readColumns } from "../../api/frames";
import { useMeasures } from "../../api/measures";
import { Empty, ErrorNote, Loading, Status } from "../../components/notes";
import { Swatch } from "../../components/swatch";
import { count, counted, duration, exactly, moment, number, runName } from "../../format";
import { bestOf, isSystemMetric } from "../../store/metric-direction";
import type { Measures } from "../../store/objective";
import { RunTable } from "../../store/run-table";
import { PARENT } from "../../store/tags";
import { compareAddress } from "../../url/compare-state";
import { START, workspaceAddress } from "../../url/workspace-state";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

const MOST = 500; // rows; the workspace has all
const MOST_COMPARED = 100;
const MOST_COLUMNS = 6; // of params, and of metrics
const FIXED = ["attributes.run_name", "attributes.status", "attributes.start_time", "attributes.end_time"];

export const childrenFilter = (runId: string): string => `tags.\`${PARENT}\` = '${runId}'`;

interface Family {
  readonly table: RunTable;
  readonly params: readonly string[];
  readonly metrics: readonly string[];
}

const useFamily = (experimentId: string, runId: string, { said, order }: Measures) =>
  useQuery({
    queryKey: ["run", runId, "family", said],
    queryFn: async ({ signal }): Promise<Family> => {
      const filter = childrenFilter(runId);
      const body = { experiment_ids: [experimentId], filter, kinds: ["param", "metric"] as ("param" | "metric")[], max_values: 1, limit: 1_000 };
      const { keys } = await content(api.POST("/api/v1/runs/schema", { body, signal }));
      const params = keys.filter((key) => key.kind === "param" && key.varies).slice(0, MOST_COLUMNS).map((key) => key.name);
      const metrics = metricsOf(keys, order).slice(0, MOST_COLUMNS);
      const columns = [...FIXED, ...params.map((name) => `params.${name}`), ...metrics.map(lastOf)];
      const frame = await readColumns({ experiment_ids: [experimentId], filter, columns, limit: MOST }, signal);
      return { table: RunTable.of(frame), params, metrics };
    },
    structuralSharing: false,
  });

const lastOf = (metric: string): string => `metrics.${metric}@last`;

const metricsOf = (keys: readonly Schemas["SchemaKey"][], order: Measures["order"]): string[] =>
  keys.filter((key) => key.kind === "metric" && !isSystemMetric(key.name)).map((key) => key.name).sort(order);

export default function Children({ run }: RunTabProps) {
  const { run_id: runId, experiment_id: experimentId } = run.info;
  const measures = useMeasures([experimentId]);
  const { data, error } = useFamily(experimentId, runId, measures);
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="children" />;
  const { table } = data;
  if (table.rows === 0) return <NoChildren />;
  const ids = Array.from({ length: table.rows }, (_, row) => table.id(row));
  const best = new Map(data.metrics.map((name) => [name, bestOf(measures.directionOf(name), ids.map((_, row) => table.number(lastOf(name), row)))]));
  const children = counted(table.total, "child", "children");
  return (
    <>
      <p className={styles.above}>
        {table.complete ? children : `The first ${count(table.rows)} of ${children}`}
        <Link href={workspaceAddress([experimentId], { ...START, query: childrenFilter(runId) })}>Open in the workspace</Link>
        {ids.length > 1 && <Link href={compareAddress(ids.slice(0, MOST_COMPARED))}>{ids.length > MOST_COMPARED ? `Compare the first ${MOST_COMPARED}` : "Compare them"}</Link>}
      </p>
      <div className={styles.scroller} tabIndex={0} role="region" aria-label="Children">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Run</th><th scope="col">Status</th><th scope="col">Started</th><th scope="col">Took</th>
              {data.metrics.map((name) => <th key={name} scope="col" className={styles.number}>{name}</th>)}
              {data.params.map((name) => <th key={name} scope="col">{name}</th>)}
            </tr>
          </thead>
          <tbody>{ids.map((id, row) => <Child key={id} id={id} row={row} family={data} best={best} />)}</tbody>
        </table>
      </div>
    </>
  );
}

interface ChildProps {
  readonly id: string;
  readonly row: number;
  readonly family: Family;
  readonly best: ReadonlyMap<string, number | null>;
}

function Child({ id, row, family, best }: ChildProps) {
  const { table, params, metrics } = family;
  const start = table.number("attributes.start_time", row);
  const took = table.number("attributes.duration", row);
  return (
    <tr>
      <th scope="row"><Swatch run={id} /> <Link href={`/runs/${id}/overview`}>{runName(table.text("attributes.run_name", row), id)}</Link></th>
      <td><Status status={table.text("attributes.status", row) ?? ""} /></td>
      <td title={start === null ? "" : exactly(start)}>{start === null ? "" : moment(start)}</td>
      <td>{took === null ? "still going" : duration(took)}</td>
      {metrics.map((name) => <Value key={name} value={table.number(lastOf(name), row)} best={best.get(name) ?? null} />)}
      {params.map((name) => <td key={name}>{table.text(`params.${name}`, row) ?? "–"}</td>)}
    </tr>
  );
}

function Value({ value, best }: { readonly value: number | null; readonly best: number | null }) {
  if (value === null) return <td className={styles.number}>–</td>;
  const isBest = value === best;
  return <td className={styles.number} data-best={isBest} title={isBest ? `${value}, the best of these runs` : String(value)}>{number(value)}</td>;
}

const NoChildren = () => (
  <Empty>
    <p>No run names this one as its parent.</p>
    <p><code>ry.start_run(nested=True)</code> inside a run begins a child of it, as sweeps and grids do.</p>
  </Empty>
);
