/** A filter that these runs understand, to be read where none is typed. */
import { plainNumber } from "../../api/client";
import type { Objective } from "../../store/objective";
import type { SchemaKey } from "./column-choice";

export function exampleOf(keys: readonly SchemaKey[], objective: Objective | null, experimentId?: string): string {
  const metric = keys.find((key) => key.kind === "metric" && key.name === objective?.metric);
  const param = keys.find((key) => key.kind === "param" && key.varies && key.type === "number" && key.greatest !== null);
  const parts = [
    experimentId === undefined ? null : `experiment_id = '${experimentId}'`,
    metric && objective && metric.least !== null && metric.greatest !== null
      ? `metrics.${quoted(metric.name)} ${objective.direction === "max" ? ">" : "<"} ${short((plainNumber(metric.least) + plainNumber(metric.greatest)) / 2)}`
      : null,
    param?.greatest ? `params.${quoted(param.name)} < ${short(plainNumber(param.greatest))}` : null,
  ].filter((part) => part !== null);
  return parts.join(" and ") || "attributes.status = 'RUNNING'";
}

const short = (value: number): string => String(Number(value.toPrecision(2)));
const quoted = (name: string): string => (/^[A-Za-z_][\w.]*$/.test(name) ? name : `\`${name}\``);
