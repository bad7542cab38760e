/** Which versions of a model are compared, as it stands in the address. */
import { formatQuery } from "./codec";

export interface VersionsState {
  readonly versions: readonly number[]; // what the others are measured against first
  readonly everything: boolean; // also what is the same in all versions
}

const numbersIn = (text: string | null): number[] => (text ?? "").split(",").filter((part) => /^[1-9]\d*$/.test(part)).map(Number);

/** Without a base the champion is, if it is among them. */
export function parseVersions(search: string, champion: number | undefined): VersionsState {
  const given = new URLSearchParams(search);
  const versions = [...new Set(numbersIn(given.get("v")))];
  const base = numbersIn(given.get("base"))[0] ?? champion;
  return { versions: base !== undefined && versions.includes(base) ? withBase(versions, base) : versions, everything: given.get("all") === "yes" };
}

export function versionsAddress(model: string, { versions, everything }: VersionsState): string {
  const query = formatQuery({ v: versions.join(","), base: versions[0]?.toString(), all: everything ? "yes" : undefined });
  return `/models/${encodeURIComponent(model)}/compare?${query}`;
}

export const withBase = (versions: readonly number[], base: number): readonly number[] => [base, ...versions.filter((one) => one !== base)];
