/** For tests: frames as the server writes them, kept by tests/test_golden_frames.py, and what is in them. */
import { readFileSync } from "node:fs";
import { decodeFrame, type Frame } from "./frame";

export function goldenFrame<Header>(name: string): Frame<Header> {
  const file = readFileSync(`src/store/golden/${name}.frame`);
  return decodeFrame<Header>(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer);
}

export const goldenContent = (name: string): Record<string, readonly (string | number | null)[]> =>
  JSON.parse(readFileSync(`src/store/golden/${name}.json`, "utf8"));
