/** Registered models, read by MLflow's endpoints, as the server's own have their past and their lineage only. */
import { ask } from "./client";

export interface Version {
  readonly name: string;
  readonly version: number;
  readonly created: number;
  readonly stage: string; // "None" where it has none
  readonly description: string;
  readonly source: string;
  readonly runId: string | null;
  readonly modelId: string | null;
  readonly status: string;
  readonly user: string;
  readonly aliases: readonly string[];
  readonly tags: readonly (readonly [string, string])[];
}

export interface Model {
  readonly name: string;
  readonly updated: number;
  readonly description: string;
  readonly aliases: readonly { readonly alias: string; readonly version: number }[];
  readonly tags: readonly (readonly [string, string])[];
  readonly latest: readonly Version[]; // of each stage
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** What is empty is left out of MLflow's answers. */
interface WireVersion {
  readonly name: string;
  readonly version: string;
  readonly creation_timestamp: number;
  readonly current_stage?: string;
  readonly description?: string;
  readonly source?: string;
  readonly run_id?: string;
  readonly model_id?: string;
  readonly status?: string;
  readonly user_id?: string;
  readonly aliases?: readonly string[];
  readonly tags?: readonly Pair[];
}

interface WireModel {
  readonly name: string;
  readonly last_updated_timestamp: number;
  readonly description?: string;
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
  readonly tags?: readonly Pair[];
  readonly latest_versions?: readonly WireVersion[];
}

const pairs = (tags: readonly Pair[] = []) => tags.map(({ key, value }) => [key, value] as const);

export const versionOf = (wire: WireVersion): Version => ({
  name: wire.name,
  version: Number(wire.version),
  created: wire.creation_timestamp,
  stage: wire.current_stage ?? "None",
  description: wire.description ?? "",
  source: wire.source ?? "",
  runId: wire.run_id || null,
  modelId: wire.model_id || null,
  status: wire.status ?? "READY",
  user: wire.user_id ?? "",
  aliases: wire.aliases ?? [],
  tags: pairs(wire.tags),
});

export const modelOf = (wire: WireModel): Model => ({
  name: wire.name,
  updated: wire.last_updated_timestamp,
  description: wire.description ?? "",
  aliases: (wire.aliases ?? []).map(({ alias, version }) => ({ alias, version: Number(version) })),
  tags: pairs(wire.tags),
  latest: (wire.latest_versions ?? []).map(versionOf),
});

async function read<Answer>(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  const response = await ask(`/api/2.0/mlflow/${path}?${new URLSearchParams(query)}`, { signal });
  return (await response.json()) as Answer;
}

export const MOST = 1_000; // models of a list, and versions of a model

export interface Models {
  readonly models: readonly Model[];
  readonly more: boolean;
}

export async function searchModels(text: string, signal: AbortSignal): Promise<Models> {
  const filter: Record<string, string> = text ? { filter: `name ILIKE '%${quoted(text)}%'` } : {};
  const answer = await read<{ registered_models?: readonly WireModel[]; next_page_token?: string }>(
    "registered-models/search", { ...filter, max_results: String(MOST), order_by: "name ASC" }, signal,
  );
  return { models: (answer.registered_models ?? []).map(modelOf), more: Boolean(answer.next_page_token) };
}

/** A text between single quotes of a filter. */
export const quoted = (text: string): string => text.replace(/'/g, "''");

export async function readModel(name: string, signal: AbortSignal): Promise<Model> {
  return modelOf((await read<{ registered_model: WireModel }>("registered-models/get", { name }, signal)).registered_model);
}

export async function readVersion(name: string, version: string, signal: AbortSignal): Promise<Version> {
  return versionOf((await read<{ model_version: WireVersion }>("model-versions/get", { name, version }, signal)).model_version);
}

export const MOST_DECIDED = 200; // of a list of decisions

/** The versions of all models whose tag begins with a word, those changed last first. */
export async function readTagged(tag: string, word: string, signal: AbortSignal): Promise<readonly Version[]> {
  const query = { filter: `tags.\`${tag}\` ILIKE '${quoted(word)}%'`, max_results: String(MOST_DECIDED) };
  const answer = await read<{ model_versions?: readonly WireVersion[] }>("model-versions/search", query, signal);
  return (answer.model_versions ?? []).map(versionOf);
}

/** The versions of a model, the newest first. */
export async function readVersions(name: string, signal: AbortSignal): Promise<readonly Version[]> {
  const query = { filter: `name = '${quoted(name)}'`, max_results: String(MOST), order_by: "version_number DESC" };
  const answer = await read<{ model_versions?: readonly WireVersion[] }>("model-versions/search", query, signal);
  return (answer.model_versions ?? []).map(versionOf);
}
