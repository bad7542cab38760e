/** Where a version came from and what came of the same runs: a picture, and the same as a list. */
import { useCallback } from "react";
import { Link, useLocation } from "wouter";
import type { Schemas } from "../../api/client";
import { useLineage } from "../../api/queries";
import { ErrorNote, Loading } from "../../components/notes";
import { count } from "../../format";
import { addressOfNode, placed, type Placed } from "./lineage-layout";
import styles from "./models.module.css";
import type { VersionTabProps } from "./version-page";

type Node = Schemas["LineageNode"];
type Answer = Schemas["LineageAnswer"];

const WIDTH = 200;
const HEIGHT = 48;
const GAP = { x: 72, y: 16 };
const LETTERS = 26; // of a name in a box
const KINDS = { dataset: "data set", run: "run", model: "logged model", version: "model version" } as const;

export default function Lineage({ version }: VersionTabProps) {
  const { data, error } = useLineage(`models:/${version.name}/${version.version}`);
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="the lineage" />;
  return (
    <div className={styles.lineage}>
      <Picture lineage={data} />
      {data.truncated && <p className={styles.muted}>{`There is more; the nearest ${count(data.nodes.length)} are shown.`}</p>}
      <NodeList lineage={data} />
    </div>
  );
}

const left = ({ column }: Placed): number => column * (WIDTH + GAP.x);
const top = ({ row }: Placed): number => row * (HEIGHT + GAP.y);

/** For eyes and pointers alone; the list below it is for everybody. */
function Picture({ lineage }: { readonly lineage: Answer }) {
  const places = placed(lineage);
  const byId = new Map(places.map((one) => [one.node.id, one]));
  const width = Math.max(...places.map(left)) + WIDTH + 2;
  const height = Math.max(...places.map(top)) + HEIGHT + 2;
  const root = byId.get(lineage.root);
  const end = root ? left(root) + WIDTH : 0;
  const begin = useCallback((frame: HTMLDivElement | null) => void frame?.scrollTo({ left: end + 2 * GAP.y - frame.clientWidth }), [end]); // so that it is in sight
  return (
    <div ref={begin} className={styles.picture} tabIndex={0} role="region" aria-label="Picture of the lineage">
      <svg aria-hidden="true" width={width} height={height} viewBox={`-1 -1 ${width} ${height}`}>
        {lineage.edges.map((edge) => {
          const from = byId.get(edge.source);
          const to = byId.get(edge.target);
          return from && to && <path key={`${edge.source} ${edge.target} ${edge.role}`} className={styles.edge} d={curve(from, to)} />;
        })}
        {places.map((one) => <Box key={one.node.id} place={one} isRoot={one.node.id === lineage.root} />)}
      </svg>
    </div>
  );
}

function curve(from: Placed, to: Placed): string {
  const [x, y, endX, endY] = [left(from) + WIDTH, top(from) + HEIGHT / 2, left(to), top(to) + HEIGHT / 2];
  const bend = GAP.x / 2;
  return `M${x} ${y}C${x + bend} ${y} ${endX - bend} ${endY} ${endX} ${endY}`;
}

function Box({ place, isRoot }: { readonly place: Placed; readonly isRoot: boolean }) {
  const { node } = place;
  const [, navigate] = useLocation();
  const address = isRoot ? null : addressOfNode(node);
  const name = node.label.length > LETTERS ? `${node.label.slice(0, LETTERS - 1)}…` : node.label;
  return (
    <g
      className={styles.node}
      data-root={isRoot}
      data-link={address !== null}
      transform={`translate(${left(place)} ${top(place)})`}
      onClick={() => address && navigate(address)}
    >
      <title>{node.label}</title>
      <rect width={WIDTH} height={HEIGHT} rx="6" />
      <text x="12" y="19" className={styles.kind}>{node.found ? KINDS[node.kind] : `${KINDS[node.kind]}, not to be seen`}</text>
      <text x="12" y="37">{name}</text>
    </g>
  );
}

function NodeList({ lineage }: { readonly lineage: Answer }) {
  const nodes = new Map(lineage.nodes.map((node) => [node.id, node]));
  return (
    <section className={styles.box} aria-label="Lineage as a list">
      <h2>As a list <small>{count(lineage.nodes.length)}</small></h2>
      <ul className={styles.events}>
        {[...placed(lineage)].sort((a, b) => a.column - b.column || a.row - b.row).map(({ node }) => (
          <li key={node.id}>
            <span><NodeLink node={node} isRoot={node.id === lineage.root} /> <small>{originOf(node, lineage, nodes)}</small></span>
            <small>{detailsOf(node)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NodeLink({ node, isRoot }: { readonly node: Node; readonly isRoot: boolean }) {
  const address = isRoot ? null : addressOfNode(node);
  return <>{KINDS[node.kind]} {address ? <Link href={address}>{node.label}</Link> : <b>{node.label}</b>}</>;
}

function originOf(node: Node, lineage: Answer, nodes: ReadonlyMap<string, Node>): string {
  const origins = lineage.edges.filter((edge) => edge.target === node.id);
  return origins.map((edge) => `${edge.context ? `${edge.role} for ${edge.context}` : edge.role}: ${nodes.get(edge.source)?.label ?? edge.source}`).join("; ");
}

const detailsOf = (node: Node): string =>
  Object.entries(node.details).filter(([name, value]) => value && name !== "experiment_id").map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ");
