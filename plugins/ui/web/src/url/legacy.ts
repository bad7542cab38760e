/** Addresses of MLflow's own pages (`/#/experiments/1/runs/abc`), which its clients print, as ours. */

import { decoded } from "./codec";

const segment = (text: string): string => encodeURIComponent(decoded(text));

type Rule = readonly [RegExp, (parts: readonly string[], query: URLSearchParams) => string];

const RUN_TABS: Readonly<Record<string, string>> = {
  artifacts: "artifacts", "model-metrics": "metrics", "system-metrics": "metrics", overview: "overview",
};

const RULES: readonly Rule[] = [
  [/^\/experiments\/([^/]+)\/runs\/([^/]+)\/artifacts?(?:Path)?\/(.+)$/, ([, run, path]) => `/runs/${run}/artifacts/${path}`],
  [/^\/experiments\/([^/]+)\/runs\/([^/]+)(?:\/([^/]+))?/, ([, run, tab]) => `/runs/${run}/${RUN_TABS[tab ?? ""] ?? "overview"}`],
  [/^\/experiments\/([^/]+)/, ([id]) => `/experiments/${id}`],
  [/^\/compare-experiments(?:\/|$)/, (_, query) => `/workspace?exp=${idsOf(query, "experiments").join(",")}`],
  [/^\/compare-runs(?:\/|$)/, (_, query) => `/compare?runs=${idsOf(query, "runs").join(",")}`],
  [/^\/models\/([^/]+)\/versions\/([^/]+)/, ([name, version]) => `/models/${segment(name ?? "")}/versions/${version}`],
  [/^\/models\/([^/]+)/, ([name]) => `/models/${segment(name ?? "")}`],
  [/^\/models\/?$/, () => "/models"],
  [/^\/(?:experiments\/?)?$/, () => "/experiments"],
];

/** Our address of one that is kept in a hash; null where it is no address. */
export function legacyRoute(hash: string): string | null {
  if (!hash.startsWith("#/")) return null;
  const [path = "", query = ""] = hash.slice(1).split("?");
  for (const [pattern, route] of RULES) {
    const match = pattern.exec(path);
    if (match) return route(match.slice(1), new URLSearchParams(query));
  }
  return "/experiments";
}

/** MLflow writes ids as JSON: `runs=["a","b"]`. */
function idsOf(query: URLSearchParams, name: string): string[] {
  const text = query.get(name) ?? "";
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return text.split(",").filter(Boolean);
  }
}
