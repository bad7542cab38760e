/** What stands below a chart: how much of what there is it shows; never silently less. */
import { count, counted } from "../format";
import type { Smoothing } from "../url/chart-state";
import type { Curves, Grouping } from "./curves";

interface Shown {
  readonly smooth: Smoothing;
  readonly group?: Grouping | null;
  readonly groupSizes?: ReadonlyMap<string, number>;
}

export function said(curves: Curves, { smooth, group, groupSizes }: Shown, beyond: number): string {
  return [
    group ? bandText(group, curves, groupSizes) : pointsText(curves),
    smooth.amount && (group || curves.curves.some((curve) => curve.smoothed)) ? smoothText(smooth, Boolean(group)) : "",
    beyond ? `${counted(beyond, "value")} beyond the y axis` : "",
  ].filter(Boolean).join(" · ");
}

/** How many points are drawn of how many there are. */
export function pointsText({ curves }: Curves): string {
  const sum = (of: (curve: Curves["curves"][number]) => number) => curves.reduce((total, curve) => total + of(curve), 0);
  const [returned, total, nan, infinite] = [sum((c) => c.returned), sum((c) => c.inRange), sum((c) => c.nan), sum((c) => c.infinite)];
  const points = `${counted(total, "point")}${total < sum((c) => c.total) ? " in view" : ""}`;
  const all = returned >= total ? points : `${count(returned)} of ${points}, extremes kept`;
  return [all, nan ? `${count(nan)} NaN` : "", infinite ? `${count(infinite)} infinite` : ""].filter(Boolean).join(" · ");
}

/** What the line and the band are, and of which runs. */
function bandText({ band }: Grouping, { curves }: Curves, sizes: ReadonlyMap<string, number> | undefined): string {
  const runs = curves.reduce((sum, curve) => sum + (curve.band?.runs ?? 0), 0);
  const all = sizes ? [...sizes.values()].reduce((sum, size) => sum + size, 0) : 0;
  const first = sizes ? `, among ${count(MOST_GROUPED)} of ${count(all)}, the first of each group in the order of the table` : "";
  return `mean of ${counted(runs, "run")} in ${counted(curves.length, "group")}${first}, band: ${band === "std" ? "one standard deviation" : "least to greatest"}`;
}

/** Runs whose curves the server puts together at once. */
export const MOST_GROUPED = 500;

export const groupCount = (here: number, all = here): string => (here < all ? `${count(here)} of ${count(all)}` : count(here));

function smoothText({ kind, amount }: Smoothing, isGrouped: boolean): string {
  const how = { ema: `weight ${amount}`, mean: `mean of ${count(amount)}`, gaussian: `Gaussian of ${amount}` }[kind];
  return `smoothed, ${how}${isGrouped ? "" : ", raw faint"}`;
}
