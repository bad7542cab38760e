/** Experiments as a table: pinned ones, then the tree of the others; each, or a folder with all below it, can be selected. */
import { Link } from "wouter";
import { IconButton } from "../../components/button";
import { Icon } from "../../components/icon";
import { Dot } from "../../components/notes";
import { ago, count, exactly } from "../../format";
import { ownerIn, ownTags } from "../../store/tags";
import { MOST_TOGETHER, runsOf } from "../../url/experiments-state";
import { BestCell } from "./best-cell";
import styles from "./experiments.module.css";
import type { Experiment, Line } from "./tree";

interface TreeTableProps {
  readonly lines: readonly Line[];
  readonly closed: ReadonlySet<string>;
  readonly onToggle: (path: string) => void;
  readonly pins: ReadonlySet<string>;
  readonly onPin: (id: string) => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: readonly string[], on: boolean) => void;
}

export function TreeTable({ lines, closed, onToggle, pins, onPin, selected, onSelect }: TreeTableProps) {
  const shown = [...new Set(lines.flatMap((line) => line.all))];
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col"><span className={styles.name}><Selection ids={shown} what="all that are listed" {...{ selected, onSelect }} />Name</span></th>
          <th scope="col">Best run</th>
          <th scope="col" className={styles.number}>Runs</th>
          <th scope="col">Running now</th>
          <th scope="col">Last activity</th>
          <th scope="col">Owner</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Row
            key={`${line.isPinned} ${line.path}`}
            line={line}
            isClosed={closed.has(line.path)}
            isPinned={line.experiment !== null && pins.has(line.experiment.experiment_id)}
            onToggle={() => onToggle(line.path)}
            onPin={onPin}
            selected={selected}
            onSelect={onSelect}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly line: Line;
  readonly isClosed: boolean;
  readonly isPinned: boolean;
  readonly onToggle: () => void;
  readonly onPin: (id: string) => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: readonly string[], on: boolean) => void;
}

function Row({ line, isClosed, isPinned, onToggle, onPin, selected, onSelect }: RowProps) {
  const { experiment } = line;
  return (
    <tr data-pinned={isPinned}>
      <th scope="row">
        <span className={styles.name}>
          <Selection ids={line.all} what={line.isFolder ? `${line.path} and all in it` : line.path} {...{ selected, onSelect }} />
          <span className={styles.depth} style={{ width: line.depth * 20 }} />
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
          {line.isFolder && line.all.length > 1 && line.all.length <= MOST_TOGETHER && (
            <Link href={runsOf(line.all)} className={styles.pin} aria-label={`Runs of the ${line.all.length} experiments in ${line.path}`} title={`Runs of the ${line.all.length} experiments in it, together`}>
              <Icon name="compare" size={14} />
            </Link>
          )}
          {experiment && (
            <IconButton
              small
              icon="pin"
              className={styles.pin}
              aria-pressed={isPinned}
              label={`Keep ${experiment.name} at the top`}
              onClick={() => onPin(experiment.experiment_id)}
            />
          )}
          {experiment && ownTags(experiment.tags).filter(([key]) => key !== "owner").map(([key, value]) => (
            <small key={key} className={styles.tag} title={`${key}: ${value}`}>{value ? `${key}: ${value}` : key}</small>
          ))}
        </span>
      </th>
      <td>{experiment && <BestCell experiment={experiment} />}</td>
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
      <td className={styles.owner}>{experiment && <Owner experiment={experiment} />}</td>
    </tr>
  );
}

/** Whose it is as its tags say, else who began its first run, which need not be the same. */
function Owner({ experiment }: { readonly experiment: Experiment }) {
  const owner = ownerIn(experiment.tags);
  if (owner) return <span title={`${owner}, as its tags say`}>{owner}</span>;
  if (!experiment.first_user) return null;
  return <span className={styles.none} title={`${experiment.first_user} began its first run; the tag owner says whose it is`}>{experiment.first_user}</span>;
}

interface SelectionProps {
  readonly ids: readonly string[];
  readonly what: string;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: readonly string[], on: boolean) => void;
}

/** Selects experiments, or takes them out again where all are selected. */
function Selection({ ids, what, selected, onSelect }: SelectionProps) {
  const chosen = ids.filter((id) => selected.has(id)).length;
  const all = ids.length > 0 && chosen === ids.length;
  return (
    <input
      type="checkbox"
      aria-label={`Select ${what}`}
      checked={all}
      ref={(element) => void (element && (element.indeterminate = chosen > 0 && !all))}
      onChange={() => onSelect(ids, !all)}
    />
  );
}
