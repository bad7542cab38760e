/** What an address keeps of scales and brushes: each belongs to a column, whichever chart shows it. */
import { formatColumn, parseColumn } from "./codec";

export const SCALES = ["linear", "log", "category"] as const;
export type ScaleKind = (typeof SCALES)[number];
export type Scales = Readonly<Record<string, ScaleKind>>;

/** What of a column is let through: a range of numbers, or some of its texts. */
export type Brush = { readonly column: string; readonly range: readonly [number, number] } | { readonly column: string; readonly texts: readonly string[] };

export const formatScales = (scales: Scales): string[] =>
  Object.entries(scales).map(([column, kind]) => `${kind}:${formatColumn(column)}`);

export function parseScales(parts: readonly string[]): Scales {
  const found: Record<string, ScaleKind> = {};
  for (const part of parts) {
    const kind = SCALES.find((one) => part.startsWith(`${one}:`));
    if (kind) found[parseColumn(part.slice(kind.length + 1))] = kind;
  }
  return found;
}

/** `params.lr:0.001..0.1` and `params.solver:=adam|sgd`. */
export function formatBrush(brush: Brush): string {
  const column = formatColumn(brush.column);
  if ("range" in brush) return `${column}:${brush.range[0]}..${brush.range[1]}`;
  return `${column}:=${brush.texts.map((text) => text.replace(/[%:|]/g, escaped)).join("|")}`;
}

export function parseBrush(part: string): Brush | null {
  const at = part.lastIndexOf(":");
  if (at < 1) return null;
  const column = parseColumn(part.slice(0, at));
  const rest = part.slice(at + 1);
  if (rest.startsWith("=")) return { column, texts: rest.slice(1).split("|").map(unescaped) };
  const [low = "", high = ""] = rest.split("..");
  const range = [Number(low), Number(high)] as const;
  return low && high && range[0] <= range[1] ? { column, range } : null;
}

const unescaped = (text: string): string => text.replace(/%(25|3A|7C)/g, (code) => ({ "%25": "%", "%3A": ":", "%7C": "|" })[code] as string);
const escaped = (sign: string): string => ({ "%": "%25", ":": "%3A", "|": "%7C" })[sign] as string;
