/** The tree of experiments as a table. */
import { Link } from "wouter";
import { IconButton } from "../../components/button";
import { Icon } from "../../components/icon";
import { Dot } from "../../components/notes";
import { ago, count, exactly } from "../../format";
import styles from "./experiments.module.css";
import type { Line } from "./tree";

interface TreeTableProps {
  readonly lines: readonly Line[];
  readonly closed: ReadonlySet<string>;
  readonly onToggle: (path: string) => void;
}

export function TreeTable({ lines, closed, onToggle }: TreeTableProps) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" className={styles.number}>Runs</th>
          <th scope="col">Running now</th>
          <th scope="col">Last activity</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Row key={line.path} line={line} isClosed={closed.has(line.path)} onToggle={() => onToggle(line.path)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ line, isClosed, onToggle }: { readonly line: Line; readonly isClosed: boolean; readonly onToggle: () => void }) {
  const { experiment } = line;
  return (
    <tr>
      <th scope="row">
        <span className={styles.name} style={{ paddingLeft: line.depth * 20 }}>
          {line.isFolder ? (
            <IconButton
              small
              icon={isClosed ? "chevron" : "down"}
              label={`${isClosed ? "Open" : "Close"} ${line.path}`}
              aria-expanded={!isClosed}
              onClick={onToggle}
            />
          ) : (
            <span className={styles.leaf} />
          )}
          <span className={styles.kind}><Icon name={line.isFolder && !experiment ? "folder" : "experiments"} size={15} /></span>
          {experiment ? <Link href={`/experiments/${experiment.experiment_id}`}>{line.name}</Link> : <span>{line.name}</span>}
        </span>
      </th>
      <td className={styles.number}>{line.runs ? count(line.runs) : <span className={styles.none}>0</span>}</td>
      <td>
        {line.running > 0 && (
          <span className={styles.running}>
            <Dot status="RUNNING" />
            {count(line.running)}
          </span>
        )}
      </td>
      <td title={line.lastActivity === null ? undefined : exactly(line.lastActivity)} className={styles.time}>
        {line.lastActivity === null ? <span className={styles.none}>no runs yet</span> : ago(line.lastActivity)}
      </td>
    </tr>
  );
}
