/** What plugins provide, in words: by the names of the server's hooks. */
import type { Plugin } from "../../api/installed";

const KINDS: Readonly<Record<string, string>> = {
  tracking_schemes: "tracking store",
  registry_schemes: "model registry",
  artifact_schemes: "artifact store",
  uri_resolvers: "URI resolver",
  flavors: "flavor",
  autologgers: "autologger",
  environment_managers: "environment manager",
  project_backends: "project backend",
  run_contexts: "run context",
  listeners: "listener",
  settings: "settings",
  commands: "command",
  server_mounts: "server mount",
  authenticators: "authenticator",
  policies: "policy",
  ui_panels: "panel",
};

export const PLUGIN_HEALTH = ["broken", "disabled", "loaded"] as const;

/** What a kind is called; one that is newer than these pages is called as its hook. */
export const kindName = (kind: string): string => KINDS[kind] ?? kind.replaceAll("_", " ");

/** The kinds of things that a plugin provides, those that say what it is for before its commands and settings. */
export function kindsOf(plugin: Plugin): readonly string[] {
  const order = Object.keys(KINDS);
  const last = (kind: string): number => (kind === "settings" || kind === "commands" ? order.length : 0) + order.indexOf(kind);
  return [...new Set(plugin.provides.map((one) => one.kind))].sort((a, b) => last(a) - last(b));
}

/** What to look at comes first: what is broken, then what is disabled; else by name. */
export function byHealth(a: Plugin, b: Plugin): number {
  const rank = (plugin: Plugin): number => PLUGIN_HEALTH.findIndex((state) => state === plugin.state);
  return rank(a) - rank(b) || a.name.localeCompare(b.name);
}
