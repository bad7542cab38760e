/** The panel: reads the matrix of a run and perhaps of another, and lets one look at it from all sides. */
import { aligned, ORDERS, ordered, quality, read } from "./matrix.js";
import { STYLE } from "./style.js";
import { make, percent, scaleOf, signed, tableOf } from "./table.js";

export const api = "1";

const NAMES = /confusion_matrix[^/]*\.(json|csv)$/;
const WAYS = { none: "Counts", row: "By row", column: "By column" };
const MOST_RUNS = 50;

export async function mount(el, ctx) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  el.getRootNode().adoptedStyleSheets.push(sheet);
  const run = ctx.ids.run;
  const path = ctx.ids.path ?? (await pathOf(ctx, run));
  const [matrix, runs] = await Promise.all([matrixAt(ctx, ownerOf(ctx.ids), path), run ? othersOf(ctx, run) : []]);
  const bases = new Map();
  const pictures = [];
  const place = el.appendChild(make("div"));
  let wanted = 0;
  const show = async (context) => {
    const turn = ++wanted;
    const state = new URLSearchParams(context.state);
    const against = state.get("base") ?? (context.ids.baseline === run ? "" : (context.ids.baseline ?? ""));
    if (against && !bases.has(against)) bases.set(against, await baseAt(ctx, against, path, matrix));
    if (turn !== wanted) return; // something newer is to be shown
    const focused = el.getRootNode().activeElement?.ariaLabel ?? null;
    const isOpen = place.querySelector("details")?.open ?? false;
    place.replaceChildren(...contentOf({ context, state, matrix, runs, against, base: bases.get(against), pictures, owner: ownerOf(ctx.ids) }));
    place.querySelector("details").open = isOpen;
    if (focused) [...place.querySelectorAll("button, select")].find((one) => one.ariaLabel === focused)?.focus();
  };
  await show(ctx);
  return { update: show, unmount: () => pictures.forEach((address) => URL.revokeObjectURL(address)) };
}

const ownerOf = (ids) => (ids.run ? { run_id: ids.run } : { model_id: ids.loggedModel });

async function pathOf(ctx, run) {
  const { files } = await (await ctx.fetch("/api/v1/artifacts/list?" + new URLSearchParams({ run_id: run }))).json();
  const found = files.find((file) => NAMES.test(file.path));
  if (!found) throw new Error("this run has logged no confusion matrix");
  return found.path;
}

async function matrixAt(ctx, owner, path) {
  const answer = await ctx.fetch("/api/v1/artifacts/file?" + new URLSearchParams({ ...owner, path }));
  return read(path, await answer.text());
}

/** The other run's matrix in this one's classes, or the error that says why there is none. */
async function baseAt(ctx, run, path, matrix) {
  try {
    return aligned(matrix, await matrixAt(ctx, { run_id: run }, path));
  } catch (error) {
    return error;
  }
}

/** The latest other runs of the experiment, as pairs of id and name. */
async function othersOf(ctx, run) {
  const { info } = await (await ctx.fetch("/api/v1/runs/" + encodeURIComponent(run))).json();
  const body = { experiment_ids: [info.experiment_id], columns: ["attributes.run_id", "attributes.run_name"], limit: MOST_RUNS };
  const answer = await ctx.fetch("/api/v1/runs/columns", { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  const { columns } = await answer.json();
  const [ids, names] = ["attributes.run_id", "attributes.run_name"].map((key) => columns.find((column) => column.key === key).values);
  return ids.map((id, at) => [id, names[at] || id.slice(0, 8)]).filter(([id]) => id !== run);
}

function contentOf({ context, state, matrix, runs, against, base, pictures, owner }) {
  const change = (name, value) => {
    const next = new URLSearchParams(state);
    if (value === null) next.delete(name);
    else next.set(name, value);
    context.setState(String(next));
  };
  const by = state.get("by") in WAYS ? state.get("by") : "none";
  const order = state.get("sort") in ORDERS ? state.get("sort") : "logged";
  const chosen = state.get("cell");
  const failed = base instanceof Error ? base : null;
  const other = failed ? undefined : base;
  const line = make("p", { className: "told muted", role: "status", textContent: "Point at a cell to read it; choose one to see its examples." });
  const idle = line.textContent;
  const table = tableOf({
    matrix, base: other, by, chosen, theme: context.theme, order: ordered(matrix, order),
    onTell: (text) => (line.textContent = text || idle),
    onChoose: (cell) => change("cell", cell === chosen ? null : cell),
  });
  return [
    make("div", { className: "tools" },
      make("fieldset", {}, make("legend", { textContent: "Normalise" }), make("span", { className: "choice" }, ...Object.entries(WAYS).map(([way, name]) =>
        make("button", { type: "button", textContent: name, ariaLabel: name, ariaPressed: String(way === by), onclick: () => change("by", way === "none" ? null : way) })))),
      choice("Sort classes", ORDERS, order, (value) => change("sort", value === "logged" ? null : value)),
      runs.length ? choice("Compare with", { "": "Nothing", ...Object.fromEntries(runs) }, against, (value) => change("base", value)) : null),
    failed ? make("p", { className: "bad", textContent: `The other run cannot be compared: ${failed.message}` }) : "",
    sums(quality(matrix), other && quality(other)),
    make("div", { className: "frame" }, table),
    scaleOf({ matrix, base: other, by, theme: context.theme }),
    line,
    chosen ? examples(matrix, chosen, { context, pictures, owner }) : "",
    classes(quality(matrix), other && quality(other)),
  ].filter(Boolean);
}

function choice(label, options, value, onValue) {
  const select = make("select", { ariaLabel: label, onchange: () => onValue(select.value) });
  for (const [key, name] of Object.entries(options)) select.append(make("option", { value: key, textContent: name }));
  select.value = value;
  return make("label", {}, label, select);
}

function sums(now, before) {
  const pair = (name, value, earlier) =>
    make("span", {}, `${name} `, make("b", { textContent: percent(value) }), earlier === undefined ? "" : delta(value - earlier));
  return make("p", { className: "sums" },
    pair("Accuracy", now.accuracy, before?.accuracy), pair("Macro F1", now.f1, before?.f1), make("span", { className: "muted", textContent: `${now.total} examples` }));
}

const delta = (change) => make("span", { className: change > 0 ? "good" : change < 0 ? "bad" : "muted", textContent: ` ${signed(percent(Math.abs(change)), change)}` });

function examples(matrix, cell, { context, pictures, owner }) {
  const [right, said] = cell.split(">");
  const found = matrix.examples.filter((one) => String(one.true) === right && String(one.predicted) === said);
  const list = make("ul", { className: "examples" }, ...found.map((one) => {
    const item = make("li", {}, String(one.id));
    if (one.file) void picture(context, { ...owner, path: one.file }, pictures).then((image) => item.prepend(image), (error) => item.append(` (${error.message})`));
    return item;
  }));
  const none = make("p", { className: "muted", textContent: "No examples of this cell were logged." });
  return make("section", { ariaLabel: "Examples" }, make("h3", { textContent: `True ${right}, predicted ${said}` }), found.length ? list : none);
}

async function picture(context, query, pictures) {
  const answer = await context.fetch("/api/v1/artifacts/file?" + new URLSearchParams(query));
  const address = URL.createObjectURL(await answer.blob());
  pictures.push(address);
  return make("img", { src: address, alt: "" });
}

function classes(now, before) {
  const row = (one, at) => {
    const cell = (name) => make("td", {}, percent(one[name]), before ? delta((one[name] || 0) - (before.each[at][name] || 0)) : "");
    return make("tr", {}, make("th", { scope: "row", textContent: one.name }), cell("precision"), cell("recall"), cell("f1"), make("td", { textContent: one.support }));
  };
  const head = make("tr", {}, ...["Class", "Precision", "Recall", "F1", "Examples"].map((name) => make("th", { scope: "col", textContent: name })));
  return make("details", {}, make("summary", { textContent: "Each class" }), make("table", { className: "classes" }, make("thead", {}, head), make("tbody", {}, ...now.each.map(row))));
}
