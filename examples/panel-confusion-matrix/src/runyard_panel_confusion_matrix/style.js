/** How the panel looks: the page's own colours, and those of cells between them. */
export const STYLE = `
  .tools { display: flex; flex-wrap: wrap; align-items: end; gap: 8px 16px; padding-bottom: 12px; }
  .tools label, fieldset { display: grid; gap: 3px; margin: 0; padding: 0; border: 0; color: var(--muted); font-size: var(--text-small); }
  legend { float: left; padding: 0; }
  .choice { display: flex; }
  .choice button { border-radius: 0; margin-left: -1px; }
  .choice button:first-child { border-radius: var(--radius) 0 0 var(--radius); margin-left: 0; }
  .choice button:last-child { border-radius: 0 var(--radius) var(--radius) 0; }
  .sums { display: flex; flex-wrap: wrap; gap: 4px 20px; padding-bottom: 12px; }
  .sums b { font-weight: 650; }
  .good { color: var(--good); }
  .bad { color: var(--bad); }
  .muted { color: var(--muted); }
  .frame { overflow-x: auto; padding: 1px; }
  .matrix caption { caption-side: top; padding-bottom: 4px; text-align: left; color: var(--muted); font-size: var(--text-small); }
  .matrix th { padding: 2px 8px; font-size: 12px; color: var(--text); }
  .matrix thead th { text-align: center; }
  .matrix tbody th { text-align: right; }
  .matrix th[data-lit="true"] { color: var(--accent); font-weight: 650; }
  .matrix td { padding: 1px; }
  .matrix td button {
    display: block; width: 58px; height: 40px; padding: 0; border: 1px solid var(--line); border-radius: 3px; line-height: 1.15; font-size: 12px;
  }
  .matrix td .none { color: var(--muted); }
  .matrix[data-dense="true"] td button { width: 14px; height: 14px; border: 0; border-radius: 0; }
  .matrix td button[aria-pressed="true"] { outline: 2px solid var(--text); outline-offset: -1px; }
  .matrix td small { display: block; font-size: 10px; }
  .told { min-height: 1.5em; padding: 8px 0; }
  .scale { display: flex; align-items: center; gap: 8px; color: var(--muted); font-size: 11px; }
  .scale i { width: 120px; height: 8px; border: 1px solid var(--line); border-radius: 4px; }
  h3 { padding: 8px 0 6px; }
  .examples { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; }
  .examples li { padding: 4px 8px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); font-size: 12px; }
  .examples img { display: block; width: 64px; height: 64px; object-fit: contain; image-rendering: pixelated; }
  details { padding-top: 12px; }
  summary { cursor: pointer; color: var(--muted); }
  .classes th, .classes td { padding: 3px 16px 3px 0; border-bottom: 1px solid var(--line); }
  .classes td { text-align: right; }
`;

const rgb = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
const mixed = (from, to, share) => rgb(from).map((value, at) => Math.round(value + (rgb(to)[at] - value) * share));

/** Black or white, whichever reads better: one of them always has the contrast that AA asks for. */
function readable(colour) {
  const [red, green, blue] = colour.map((value) => (value / 255 <= 0.03928 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

/** The colour of a cell: from the surface to a colour of the theme, `share` being 0 to 1. */
export function paint(element, theme, token, share) {
  const colour = mixed(theme.colours.surface, theme.colours[token], Math.min(Math.abs(share), 1));
  element.style.backgroundColor = `rgb(${colour})`;
  element.style.color = readable(colour);
}
