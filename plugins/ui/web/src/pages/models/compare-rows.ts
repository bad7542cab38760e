/** What versions have, key by key: the rows of their comparison. */

/** What each version has, in their order; null where it is not known. */
export type OfVersions = readonly (ReadonlyMap<string, string> | null)[];

export interface Row {
  readonly key: string;
  readonly values: readonly (string | null)[];
}

/** The rows that differ, or all; what is not known of a version makes no difference. */
export function rowsOf(ofVersions: OfVersions, everything: boolean): readonly Row[] {
  const keys = [...new Set(ofVersions.flatMap((one) => [...(one?.keys() ?? [])]))];
  return keys.flatMap((key) => {
    const values = ofVersions.map((one) => one?.get(key) ?? null);
    const known = ofVersions.flatMap((one) => (one ? [one.get(key) ?? null] : []));
    return everything || new Set(known).size > 1 ? [{ key, values }] : [];
  });
}

/** The packages of a `requirements.txt` and what is asked of them. */
export function requirementsOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim()).filter(Boolean);
  return new Map(lines.map((line) => {
    const [, name = line, wanted = ""] = /^([A-Za-z0-9._-]+(?:\[[^\]]*\])?)\s*(.*)$/.exec(line) ?? [];
    return [name, wanted || "any version"] as const;
  }));
}
