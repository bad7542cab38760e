/** The width that a column needs for its head and for the rows that are in view. */

/** `edge` is in the head of the column, which has a number in every row. */
export function fittingWidth(edge: Element, column: number): number {
  const cells = edge.closest("[role=grid]")?.querySelectorAll<HTMLElement>(`[aria-colindex="${column}"]`) ?? [];
  return Math.max(...[...cells].map(neededWidth));
}

/** What is in a cell, on one line, with the padding around it. */
function neededWidth(cell: HTMLElement): number {
  const copy = cell.cloneNode(true) as HTMLElement;
  copy.querySelectorAll("[role=separator]").forEach((one) => one.remove());
  for (const one of [copy, ...copy.querySelectorAll<HTMLElement>("*")]) one.style.maxWidth = "none";
  Object.assign(copy.style, { position: "absolute", left: "0", width: "max-content", visibility: "hidden" });
  cell.after(copy);
  const needed = copy.getBoundingClientRect().width;
  copy.remove();
  return Math.ceil(needed);
}
