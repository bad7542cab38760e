/** The importance of features: bars, the longest first, of each class where there is a number for each. */
export const api = "1";

const MOST = 30;
const STYLE = `
  table { width: 100%; max-width: 760px; }
  caption { text-align: left; color: var(--muted); padding-bottom: 8px; }
  th { width: 1%; white-space: nowrap; color: var(--text); font-size: inherit; vertical-align: top; }
  th, td { padding: 2px 8px 2px 0; }
  .bar { display: flex; align-items: center; gap: 8px; height: 20px; }
  .bar i { height: 12px; min-width: 1px; border-radius: 2px; background: var(--accent); }
  .bar + .bar i { opacity: 0.75; }
  .bar small { color: var(--muted); }
  button { margin-top: 12px; }
`;

export async function mount(el, ctx) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  el.getRootNode().adoptedStyleSheets.push(sheet);
  const owner = ctx.ids.run ? { run_id: ctx.ids.run } : { model_id: ctx.ids.loggedModel };
  const answer = await ctx.fetch("/api/v1/artifacts/file?" + new URLSearchParams({ ...owner, path: ctx.ids.path }));
  const features = sorted(await answer.json());
  const show = ({ state, setState }) => {
    const all = state === "all" || features.length <= MOST;
    el.replaceChildren(tableOf(all ? features : features.slice(0, MOST), features.length));
    if (features.length > MOST) {
      const button = el.appendChild(document.createElement("button"));
      button.textContent = all ? `Only the first ${MOST}` : `All ${features.length} features`;
      button.onclick = () => setState(all ? "" : "all");
    }
  };
  show(ctx);
  return { update: show };
}

/** Features with their numbers, the most important first. */
function sorted(scores) {
  const size = (values) => values.reduce((sum, value) => sum + Math.abs(value), 0);
  return Object.entries(scores)
    .map(([name, score]) => [name, [score].flat().map(Number)])
    .sort((a, b) => size(b[1]) - size(a[1]));
}

function tableOf(features, total) {
  const most = Math.max(...features.flatMap(([, values]) => values.map(Math.abs)), Number.MIN_VALUE);
  const table = document.createElement("table");
  const told = features.length < total ? `The ${features.length} most important of ${total} features` : `${total} features`;
  table.createCaption().textContent = told;
  for (const [name, values] of features) {
    const row = table.insertRow();
    const head = row.appendChild(document.createElement("th"));
    head.scope = "row";
    head.textContent = name;
    row.insertCell().append(...values.map((value, at) => barOf(value, most, values.length > 1 ? `class ${at}` : "")));
  }
  return table;
}

function barOf(value, most, label) {
  const bar = document.createElement("div");
  bar.className = "bar";
  const line = bar.appendChild(document.createElement("i"));
  line.style.width = `${(Math.abs(value) / most) * 70}%`;
  bar.append(value.toLocaleString("en", { maximumSignificantDigits: 5 }));
  if (label) bar.appendChild(document.createElement("small")).textContent = label;
  return bar;
}
