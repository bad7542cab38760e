/** What Runyard's clients keep of the code of a run, read from the files they keep it in. */

export const PACKAGES = "runyard/requirements.txt";
export const PATCH = "runyard/diff.patch";

export interface Packages {
  readonly python: string; // its version, where that is told
  readonly platform: string;
  readonly packages: readonly (readonly [string, string])[]; // with their versions, or where they are from
}

export function readPackages(text: string): Packages {
  const [, python = "", platform = ""] = /^# Python (\S+) on (.+)$/m.exec(text) ?? [];
  const packages = text.split("\n").flatMap((line) => {
    const [, name, version, place] = /^(?:# )?([\w.-]+)(?:==(\S+)| @ (\S+))/.exec(line) ?? [];
    return name ? [[name, version ?? place ?? ""] as const] : [];
  });
  return { python, platform, packages };
}

export interface Patches {
  readonly notes: readonly string[]; // what the patch says that it lacks
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export function readPatch(text: string): Patches {
  const parts = text.split(/^(?=diff --git )/m);
  const head = parts[0]?.startsWith("diff --git ") ? "" : (parts.shift() ?? "");
  return {
    notes: head.split("\n").filter((line) => line.startsWith("# ")).map((line) => line.slice(2)),
    files: parts.map((part) => ({ path: /^diff --git a\/(.*?) b\//.exec(part)?.[1] ?? "", text: part })),
  };
}

/** Where a repository can be looked at in a browser; null where its address is no such place. */
export function repositoryPage(url: string): string | null {
  const web = url.replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, "https://$1/").replace(/^git\+/, "").replace(/\.git$/, "");
  return /^https?:\/\/[^\s@]+$/.test(web) ? web : null;
}

/** Why a run cannot be run again; null where it can be tried. */
export function cannotReproduce(tags: Readonly<Record<string, string>>): string | null {
  const command = tags["runyard.command"] ?? "";
  if (tags["mlflow.source.type"] === "PROJECT") return null;
  if (!command) return "It has not recorded its command; clients of Runyard do (setting capture.command).";
  if (command.includes("***")) return "Its command holds a secret, which was not recorded.";
  return null;
}
