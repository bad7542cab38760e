/** Where a panel is of use, by the patterns that its plugin gave: `*` is any text, `?` any character. */
import type { PanelInfo } from "../api/panels";

const patterns = new Map<string, RegExp>();

export function fits(pattern: string, text: string): boolean {
  let known = patterns.get(pattern);
  if (!known) {
    const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
    patterns.set(pattern, (known = new RegExp(`^${escaped}$`, "s")));
  }
  return known.test(text);
}

const anyFits = (given: readonly string[], texts: Iterable<string>): boolean =>
  [...texts].some((text) => given.some((pattern) => fits(pattern, text)));

/** A pattern with a slash is of the whole path, one without of the name alone. */
const fitsFile = (pattern: string, path: string): boolean =>
  fits(pattern, pattern.includes("/") ? path : (path.split("/").at(-1) ?? path));

export function suitsFile(panel: PanelInfo, path: string, mediaType: string): boolean {
  const plain = mediaType.split(";")[0] ?? "";
  return panel.files.some((pattern) => fitsFile(pattern, path)) || panel.media_types.some((pattern) => fits(pattern, plain));
}

/** Whether one of its patterns fits something of a run; a panel without patterns is of use everywhere. */
export const suitsRun = (panel: PanelInfo, keys: Iterable<string>, files: Iterable<string>): boolean =>
  (panel.keys.length === 0 && panel.files.length === 0) || anyFits(panel.keys, keys) || anyFits(panel.files, files);

export const suitsKeys = (panel: PanelInfo, keys: Iterable<string>): boolean => panel.keys.length === 0 || anyFits(panel.keys, keys);
