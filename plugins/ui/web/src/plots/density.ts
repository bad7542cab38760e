/** Very many lines between two axes as how dense they are: each counts, none hides another. */

export interface Gap {
  readonly from: Float32Array; // places of all rows on the axis at the left
  readonly to: Float32Array;
  readonly left: number; // pixels
  readonly right: number;
}

const BINS = 160; // of an axis

/** Adds the lines of rows: for every pixel how many cross it, and the sum of their tones (from 0 to 1). */
export function addLines(rows: Uint32Array, tones: Float32Array | null, { from, to, left, right }: Gap, sums: Sums): void {
  const counts = new Float32Array(BINS * BINS);
  const toned = new Float32Array(BINS * BINS);
  for (const row of rows) {
    const [a, b] = [from[row] as number, to[row] as number];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    const cell = bin(a) * BINS + bin(b);
    const tone = tones ? (tones[row] as number) : 0.5;
    counts[cell] = (counts[cell] as number) + 1;
    toned[cell] = (toned[cell] as number) + (Number.isNaN(tone) ? 0.5 : tone);
  }
  for (let cell = 0; cell < counts.length; cell++) {
    const many = counts[cell] as number;
    if (many > 0) addLine(Math.floor(cell / BINS), cell % BINS, many, toned[cell] as number, left, right, sums);
  }
}

export interface Sums {
  readonly width: number;
  readonly height: number;
  readonly counts: Float32Array;
  readonly tones: Float32Array;
}

export const emptySums = (width: number, height: number): Sums => ({
  width, height, counts: new Float32Array(width * height), tones: new Float32Array(width * height),
});

const bin = (place: number): number => Math.min(BINS - 1, Math.floor(place * BINS));

function addLine(from: number, to: number, many: number, tone: number, left: number, right: number, sums: Sums): void {
  const { width, height, counts, tones } = sums;
  const scale = (height - 1) / (BINS - 1);
  const start = (BINS - 1 - from) * scale;
  const slope = ((from - to) * scale) / Math.max(right - left, 1);
  for (let x = left; x < right; x++) {
    const y = Math.round(start + (x - left) * slope);
    const at = y * width + x;
    counts[at] = (counts[at] as number) + many;
    tones[at] = (tones[at] as number) + tone;
  }
}

/** Pixels of the mean tone, the more opaque the more lines cross them; on a logarithmic scale, so that one line is seen too. */
export function shaded(sums: Sums, colours: readonly (readonly [number, number, number])[]): Uint8ClampedArray<ArrayBuffer> {
  const { counts, tones } = sums;
  const pixels = new Uint8ClampedArray(counts.length * 4);
  let most = 1;
  for (const many of counts) if (many > most) most = many;
  const full = Math.log1p(most);
  for (let at = 0; at < counts.length; at++) {
    const many = counts[at] as number;
    if (many === 0) continue;
    const level = Math.min(colours.length - 1, Math.floor(((tones[at] as number) / many) * colours.length));
    const [red, green, blue] = colours[level] as readonly [number, number, number];
    pixels[at * 4] = red;
    pixels[at * 4 + 1] = green;
    pixels[at * 4 + 2] = blue;
    pixels[at * 4 + 3] = 30 + 225 * (Math.log1p(many) / full);
  }
  return pixels;
}
