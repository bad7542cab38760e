/** A part of a long text as lines: what is read after it and before it is put to it, and lines that are cut wait for their rest. */

const NEWLINE = 10;

export class LogText {
  /** Counts up with every change. */
  version = 0;
  size = 0; // of the whole file, as last told
  private known: string[] = []; // whole lines
  private head = new Uint8Array(); // the end of a line whose beginning was not read
  private tail = new Uint8Array(); // the beginning of a line that goes on

  /** @param start Where what was read begins. */
  constructor(public start: number) {}

  /** Where what was read ends. */
  end = 0;

  static of(start: number, bytes: Uint8Array, size: number): LogText {
    const text = new LogText(start);
    text.end = start + bytes.length;
    text.size = size;
    const first = start === 0 ? -1 : bytes.indexOf(NEWLINE);
    if (start > 0 && first < 0) {
      text.head = bytes.slice();
      return text;
    }
    text.head = bytes.slice(0, first + 1);
    text.put(bytes.subarray(first + 1));
    return text;
  }

  get complete(): boolean {
    return this.start === 0;
  }

  /** The lines; the last one may still go on. */
  get lines(): readonly string[] {
    const last = this.tail.length > 0 ? [decoded(this.tail)] : [];
    return this.known.length === 0 && last.length === 0 && this.head.length > 0 ? [decoded(this.head)] : [...this.known, ...last];
  }

  append(bytes: Uint8Array, size: number): void {
    this.size = size;
    if (bytes.length === 0) return;
    this.end += bytes.length;
    this.version++;
    if (this.start > 0 && this.known.length === 0 && this.tail.length === 0) {
      const [start, end] = [this.start, this.end];
      Object.assign(this, LogText.of(start, joined(this.head, bytes), size), { version: this.version, end });
      return;
    }
    this.put(bytes);
  }

  prepend(bytes: Uint8Array): void {
    const earlier = LogText.of(this.start - bytes.length, joined(bytes, this.head), this.size);
    this.known = [...earlier.known, ...(earlier.tail.length > 0 ? [decoded(earlier.tail)] : []), ...this.known];
    this.start = earlier.start;
    this.head = earlier.head;
    this.version++;
  }

  private put(bytes: Uint8Array): void {
    const all = joined(this.tail, bytes);
    const end = all.lastIndexOf(NEWLINE);
    this.tail = all.slice(end + 1);
    if (end >= 0) for (const line of decoded(all.subarray(0, end)).split("\n")) this.known.push(line);
  }
}

const decoder = new TextDecoder();
const decoded = (bytes: Uint8Array): string => decoder.decode(bytes);

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

// What colours a terminal and moves its cursor.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;

/** A line as a terminal would leave it: without colours, and of what was written over only the last. */
export function printed(line: string): string {
  const plain = line.includes("\u001b") ? line.replace(ESCAPES, "") : line;
  if (!plain.includes("\r")) return plain;
  const whole = plain.replace(/\r+$/, "");
  return whole.slice(whole.lastIndexOf("\r") + 1);
}

/** The lines that have a text in them, in whatever case, by their places. */
export function found(lines: readonly string[], text: string): readonly number[] {
  const wanted = text.toLowerCase();
  if (!wanted) return [];
  const places: number[] = [];
  for (const [at, line] of lines.entries()) if (printed(line).toLowerCase().includes(wanted)) places.push(at);
  return places;
}

const NAMES = /(\.(log|out|err)(\.txt)?|(^|\/)(std(out|err)|output)(\.txt)?)$/i;
const FOLDER = /(^|\/)logs?\/[^/]+\.(txt|jsonl?)$/i;

/** Whether a file is a log, by its name. */
export const isLog = (path: string): boolean => NAMES.test(path) || FOLDER.test(path);
