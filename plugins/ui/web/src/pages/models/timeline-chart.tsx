/** Aliases and stages over the changes of a model: each a lane, with the version that it meant. */
import { useMemo } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/client";
import { exactly, moment } from "../../format";
import { Alias, Stage } from "./chips";
import styles from "./models.module.css";
import { type Lane, type Span, timelineOf } from "./timeline";
import { versionAddress } from "./use-models";

export function TimelineChart({ name, events }: { readonly name: string; readonly events: readonly Schemas["RegistryEvent"][] }) {
  const { moments, lanes } = useMemo(() => timelineOf(events), [events]);
  if (lanes.length === 0) return null;
  return (
    <section className={styles.box} aria-label="Timeline">
      <h2>Timeline <small>which version an alias or a stage meant, and what was decided; every change takes the same width</small></h2>
      <ul className={styles.lanes}>
        {lanes.map((lane, at) => (
          <li key={at} className={styles.lane}>
            <span className={styles.title}>{lanes[at - 1]?.name !== lane.name && (<Title lane={lane} />)}</span>
            <span className={styles.track}>
              {lane.spans.map((span) => <Piece key={span.start} name={name} lane={lane} span={span} moments={moments.length} />)}
            </span>
          </li>
        ))}
      </ul>
      <p className={styles.ends}><span>{moment(moments[0] ?? 0)}</span><span>now</span></p>
    </section>
  );
}

function Title({ lane }: { readonly lane: Lane }) {
  if (lane.kind === "alias") return <Alias name={lane.name} />;
  return lane.kind === "stage" ? <Stage stage={lane.name} /> : <span className={styles.muted}>{lane.name}</span>;
}

const SIGNS = { requested: "?", approved: "✓", rejected: "✗" } as const;
const DID = { requested: "asked for", approved: "given", rejected: "refused" } as const;

interface PieceProps {
  readonly name: string;
  readonly lane: Lane;
  readonly span: Span;
  readonly moments: number;
}

function Piece({ name, lane, span, moments }: PieceProps) {
  const { decision } = span;
  const what = decision ? `Approval of version ${span.version} was ${DID[decision]}, ${exactly(span.from)}` : `${lane.name}: version ${span.version}, from ${exactly(span.from)} ${span.to === null ? "until now" : `to ${exactly(span.to)}`}`;
  const place = { left: `${(span.start / moments) * 100}%`, width: `${((span.end - span.start) / moments) * 100}%` };
  return (
    <Link href={versionAddress(name, span.version)} className={styles.span} style={place} title={what} aria-label={what} data-now={span.to === null} data-decision={decision}>
      {decision ? `${SIGNS[decision]} v${span.version}` : `v${span.version}`}
    </Link>
  );
}
