/** What one sees of images by step, as it stands in the address. */
import { formatQuery } from "./codec";

export const SIZES = ["small", "medium", "large"] as const;
export type Size = (typeof SIZES)[number];

export interface ImagesState {
  readonly step: number | null; // null: the last there is
  readonly find: string;
  readonly size: Size;
}

export function parseImages(search: string): ImagesState {
  const given = new URLSearchParams(search);
  return { step: parseStep(given.get("step")), find: given.get("find") ?? "", size: SIZES.find((size) => size === given.get("size")) ?? "medium" };
}

export const formatImages = ({ step, find, size }: ImagesState): string =>
  formatQuery({ step: step === null ? undefined : String(step), find, size: size === "medium" ? undefined : size });

/** A step of an address; null where it is none. */
export const parseStep = (text: string | null): number | null => (text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null);
