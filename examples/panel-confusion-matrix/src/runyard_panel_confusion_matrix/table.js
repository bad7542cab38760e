/** The table of a matrix: a button in each cell, one of them in the order of tabs, the arrows going to the others. */
import { normalised, sum } from "./matrix.js";
import { paint } from "./style.js";

const DENSE = 25; // classes from which there is no room for numbers

export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
};

export const percent = (share) => (Number.isNaN(share) ? "–" : `${(share * 100).toFixed(1)} %`);
export const signed = (text, value) => `${value > 0 ? "+" : value < 0 ? "−" : "±"}${text.replace("-", "")}`;
const shown = (value, by) => (by === "none" || value === 0 ? String(value) : percent(value));

/** `view` is { matrix, base, by, order, chosen, theme, onChoose, onTell }: what to draw and what to say of it. */
export function tableOf(view) {
  const { matrix, base, by, order, chosen } = view;
  const values = normalised(matrix, by);
  const before = base && normalised(base, by);
  const drawn = before ? values.map((row, at) => row.map((value, column) => value - before[at][column])) : values;
  const most = greatest(drawn, before);
  const heads = order.map((at) => make("th", { scope: "col", textContent: matrix.classes[at] }));
  const table = make("table", { className: "matrix" });
  table.dataset.dense = order.length > DENSE;
  table.append(
    make("caption", { textContent: "Rows: the true class. Columns: what the model said." }),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, make("span", { className: "visually-hidden", textContent: "True class" })), ...heads)),
  );
  const body = table.appendChild(make("tbody"));
  for (const row of order) {
    const head = make("th", { scope: "row", textContent: matrix.classes[row] });
    const line = body.appendChild(make("tr", {}, head));
    order.forEach((column, place) => {
      const button = make("button", { type: "button", tabIndex: -1, ariaLabel: told(view, row, column) });
      const value = values[row][column];
      const change = before ? value - before[row][column] : 0;
      if (order.length <= DENSE) {
        button.append(shown(value, by));
        if (change) button.append(make("small", { textContent: signed(shown(Math.abs(change), by), change) }));
      }
      const isRight = row === column;
      const isBetter = isRight ? change > 0 : change < 0;
      const token = before ? (isBetter ? "good" : "bad") : isRight ? "accent" : "warn";
      if (value || change) paint(button, view.theme, token, drawn[row][column] / (isRight ? most.right : most.wrong));
      if (value === 0 && change === 0) button.className = "none";
      button.ariaPressed = String(chosen === `${matrix.classes[row]}>${matrix.classes[column]}`);
      const light = (on) => () => {
        head.dataset.lit = heads[place].dataset.lit = on;
        view.onTell(on ? told(view, row, column) : "");
      };
      button.onpointerenter = button.onfocus = light(true);
      button.onpointerleave = button.onblur = light(false);
      button.onclick = () => view.onChoose(`${matrix.classes[row]}>${matrix.classes[column]}`);
      line.append(make("td", {}, button));
    });
  }
  withArrows(table, order.length);
  return table;
}

/** What the strongest colours stand for: mistakes are few, so that they are measured among themselves. */
function greatest(drawn, together) {
  const least = Number.MIN_VALUE;
  const right = Math.max(...drawn.map((row, at) => Math.abs(row[at])), least);
  const wrong = Math.max(...drawn.flatMap((row, at) => row.filter((_, column) => column !== at).map(Math.abs)), least);
  return together ? { right: Math.max(right, wrong), wrong: Math.max(right, wrong) } : { right, wrong };
}

/** What the colours mean. */
export function scaleOf({ matrix, base, by, theme }) {
  const bar = (name, token, value) => {
    const line = make("i");
    line.style.background = `linear-gradient(to right, ${theme.colours.surface}, ${theme.colours[token]})`;
    return value ? [`${name} ${value}`, line] : [name, line];
  };
  if (base) return make("p", { className: "scale" }, ...bar("Better", "good", ""), ...bar("Worse", "bad", ""));
  const most = greatest(normalised(matrix, by));
  return make("p", { className: "scale" }, ...bar("Right: 0 to", "accent", shown(most.right, by)), ...bar("Mistakes: 0 to", "warn", most.wrong < 1e-9 ? "0" : shown(most.wrong, by)));
}

/** A cell in words. */
export function told({ matrix, base }, row, column) {
  const count = matrix.counts[row][column];
  const [right, said] = [matrix.classes[row], matrix.classes[column]];
  const ofRow = percent(count / sum(matrix.counts[row]));
  const ofColumn = percent(count / sum(matrix.counts.map((line) => line[column])));
  const earlier = base ? `; ${base.counts[row][column]} in the other run` : "";
  return `True ${right}, predicted ${said}: ${count}, ${ofRow} of all ${right}, ${ofColumn} of what was called ${said}${earlier}`;
}

function withArrows(table, size) {
  const buttons = [...table.querySelectorAll("button")];
  const first = buttons.find((button) => button.ariaPressed === "true") ?? buttons[0];
  first.tabIndex = 0;
  table.onkeydown = (event) => {
    const at = buttons.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: size, ArrowUp: -size }[event.key];
    const isEdge = (step === 1 && at % size === size - 1) || (step === -1 && at % size === 0);
    const next = step && !isEdge ? buttons[at + step] : undefined;
    if (!next) return;
    event.preventDefault();
    buttons[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
}
