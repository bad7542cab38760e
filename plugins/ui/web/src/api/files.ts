/** Files of runs and models as bytes: in ranges, or whole where they are small. */
import { useQuery } from "@tanstack/react-query";
import { BASE } from "../base";
import { errorOf } from "./client";
import type { Owner } from "./queries";

const query = (owner: Owner, path: string) => new URLSearchParams({ ...owner, path });

/** Where a file is, to be saved. */
export const fileAddress = (owner: Owner, path: string): string => `${BASE}/api/v1/artifacts/file?${query(owner, path)}`;

/** Where a picture is, to be shown. */
export const pictureAddress = (owner: Owner, path: string): string => `${fileAddress(owner, path)}&inline=true`;

/** Where a folder is as one zip file. */
export const archiveAddress = (owner: Owner, path: string): string => `${BASE}/api/v1/artifacts/archive?${query(owner, path)}`;

/** Some bytes of a file. */
export interface Part {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly size: number; // of the whole file
}

/** The range as HTTP writes it, such as `0-99`, `100-` or `-100`; of a file that ends before it, no bytes. */
export async function readPart(owner: Owner, path: string, range: string, signal?: AbortSignal): Promise<Part> {
  const response = await fetch(fileAddress(owner, path), { headers: { Range: `bytes=${range}` }, signal: signal ?? null });
  const told = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "");
  if (response.status === 416 && told) return { start: Number(told[2]), bytes: new Uint8Array(), size: Number(told[2]) };
  if (!response.ok) throw await errorOf(response);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { start: Number(told?.[1] ?? 0), bytes, size: told ? Number(told[2]) : bytes.length };
}

const MOST = 2 << 20; // bytes of a file that is read as a whole

/** A small text of a run as it was kept; of a longer one the beginning. Null asks for nothing. */
export const useText = (owner: Owner, path: string | null) =>
  useQuery({
    queryKey: ["text", owner, path],
    queryFn: async ({ signal }) => new TextDecoder().decode((await readPart(owner, path ?? "", `0-${MOST - 1}`, signal)).bytes),
    enabled: path !== null,
  });
