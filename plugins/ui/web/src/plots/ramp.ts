/** Colours from least to most, in which lightness alone tells the order; for every colour vision. */

type Rgb = readonly [number, number, number];

// Ends in what stands out most from the page: dark on white, light on black.
const LIGHT: readonly Rgb[] = [[205, 188, 108], [110, 178, 140], [42, 134, 160], [38, 83, 148], [36, 26, 92]];
const DARK: readonly Rgb[] = [[62, 66, 140], [46, 111, 158], [48, 160, 150], [140, 205, 110], [255, 236, 130]];

export const LEVELS = 64;

/** The colours of a theme, from the least on. */
export function ramp(dark: boolean): readonly Rgb[] {
  const stops = dark ? DARK : LIGHT;
  return Array.from({ length: LEVELS }, (_, level) => {
    const at = (level / (LEVELS - 1)) * (stops.length - 1);
    const before = Math.min(Math.floor(at), stops.length - 2);
    const [from, to] = [stops[before] as Rgb, stops[before + 1] as Rgb];
    const mixed = from.map((value, part) => Math.round(value + ((to[part] as number) - value) * (at - before)));
    return mixed as unknown as Rgb;
  });
}

/** Which of the colours a place from 0 to 1 has. */
export const levelOf = (place: number): number => Math.min(LEVELS - 1, Math.max(0, Math.floor(place * LEVELS)));

export const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** A gradient from the least to the most, as a background. */
export const gradient = (dark: boolean): string => `linear-gradient(90deg, ${ramp(dark).filter((_, level) => level % 7 === 0).map(css).join(", ")})`;
