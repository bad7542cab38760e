/** Addresses of MLflow's own pages (`/#/experiments/1/runs/abc`), which its clients print, as ours. */

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const segment = (text: string): string => encodeURIComponent(decode(text));

type Rule = readonly [RegExp, (parts: readonly string[], query: URLSearchParams) => string];

const RUN_TABS: Readonly<Record<string, string>> = {
  artifacts: "artifacts", "model-metrics": "metrics", "system-metrics": "metrics", overview: "overview",
};

const RULES: readonly Rule[] = [
  [/^\/experiments\/([^/]+)\/runs\/([^/]+)\/artifacts?(?:Path)?\/(.+)$/, ([, run, path]) => `/runs/${run}/artifacts/${path}`],
  [/^\/experiments\/([^/]+)\/runs\/([^/]+)(?:\/([^/]+))?/, ([, run, tab]) => `/runs/${run}/${RUN_TABS[tab ?? ""] ?? "overview"}`],
  [/^\/experiments\/([^/]+)/, ([id]) => `/experiments/${id}`],
  [/^\/compare-(?:experiments|runs)(?:\/|$)/, (_, query) => `/compare?runs=${runsOf(query).join(",")}`],
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

/** MLflow writes the runs as JSON: `runs=["a","b"]`. */
function runsOf(query: URLSearchParams): string[] {
  const text = query.get("runs") ?? "";
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return text.split(",").filter(Boolean);
  }
}
