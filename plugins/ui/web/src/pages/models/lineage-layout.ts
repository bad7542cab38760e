/** Places of a lineage's nodes: in columns, what something came from at its left. */
import type { Schemas } from "../../api/client";

type Lineage = Pick<Schemas["LineageAnswer"], "nodes" | "edges">;

export interface Placed {
  readonly node: Schemas["LineageNode"];
  readonly column: number;
  readonly row: number;
}

/** Each node one column right of the last that it came from; a circle, which no honest history has, ends somewhere. */
export function placed({ nodes, edges }: Lineage): readonly Placed[] {
  const columns = new Map(nodes.map((node) => [node.id, 0]));
  for (let round = 1; round < nodes.length; round++) {
    let moved = false;
    for (const { source, target } of edges) {
      const wanted = (columns.get(source) ?? 0) + 1;
      if (wanted <= (columns.get(target) ?? 0) || wanted >= nodes.length) continue;
      columns.set(target, wanted);
      moved = true;
    }
    if (!moved) break;
  }
  const filled = new Map<number, number>();
  return nodes.map((node) => {
    const column = columns.get(node.id) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    return { node, column, row };
  });
}

/** The page of a node; null where there is none. */
export function addressOfNode({ id, kind, found }: Schemas["LineageNode"]): string | null {
  if (!found) return null;
  if (kind === "run") return `/runs/${id.slice("run:".length)}/overview`;
  const [, name, version] = /^version:(.*):(\d+)$/.exec(id) ?? [];
  return name && version ? `/models/${encodeURIComponent(name)}/versions/${version}/overview` : null;
}
