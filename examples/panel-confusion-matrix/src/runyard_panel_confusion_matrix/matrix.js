/** A confusion matrix: read from a file, its rates, and the orders of its classes. Nothing here shows anything. */

/** The matrix in the text of a file; rows are true classes, columns what the model said. */
export function read(path, text) {
  const matrix = path.endsWith(".csv") ? fromCsv(text) : JSON.parse(text);
  const { classes, counts } = matrix;
  const size = classes?.length;
  const fits = size > 0 && counts?.length === size && counts.every((row) => row.length === size && row.every((count) => count >= 0));
  if (!fits) throw new Error(`${path} is no confusion matrix: it needs "classes" and as many rows and columns of "counts"`);
  return { classes: classes.map(String), counts, examples: matrix.examples ?? [] };
}

/** A head with the classes, and a row for each with its name first. */
function fromCsv(text) {
  const rows = text.trim().split(/\r?\n/).map((line) => line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
  const [head = [], ...body] = rows;
  return { classes: head.slice(1), counts: body.map((row) => row.slice(1).map(Number)) };
}

export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** What the model gets right: of all, and of each class. */
export function quality({ classes, counts }) {
  const columns = classes.map((_, at) => sum(counts.map((row) => row[at])));
  const each = classes.map((name, at) => {
    const [right, support] = [counts[at][at], sum(counts[at])];
    const recall = support ? right / support : NaN;
    const precision = columns[at] ? right / columns[at] : NaN;
    const f1 = support + columns[at] ? (2 * right) / (support + columns[at]) : NaN;
    return { name, support, recall, precision, f1 };
  });
  const total = sum(columns);
  const known = each.filter(({ f1 }) => !Number.isNaN(f1));
  return { total, each, accuracy: sum(classes.map((_, at) => counts[at][at])) / total, f1: sum(known.map(({ f1 }) => f1)) / known.length };
}

/** The counts, or each as a share of its row or its column. */
export function normalised({ counts }, by) {
  if (by === "none") return counts;
  const columns = counts.map((_, at) => sum(counts.map((row) => row[at])));
  return counts.map((row) => row.map((count, at) => count / ((by === "row" ? sum(row) : columns[at]) || 1)));
}

export const ORDERS = { logged: "As logged", name: "By name", errors: "Most confused first", support: "Most examples first" };

/** The places of the classes in an order. */
export function ordered({ classes, counts }, order) {
  const wrong = (at) => sum(counts[at]) + sum(counts.map((row) => row[at])) - 2 * counts[at][at];
  const rank = {
    logged: (a, b) => a - b,
    name: (a, b) => classes[a].localeCompare(classes[b], "en", { numeric: true }),
    errors: (a, b) => wrong(b) - wrong(a),
    support: (a, b) => sum(counts[b]) - sum(counts[a]),
  };
  return classes.map((_, at) => at).sort(rank[order] ?? rank.logged);
}

/** The same classes in another run's matrix; what that one lacks counts nothing. */
export function aligned(matrix, other) {
  const place = new Map(other.classes.map((name, at) => [name, at]));
  const at = matrix.classes.map((name) => place.get(name));
  return { ...other, classes: matrix.classes, counts: at.map((row) => at.map((column) => other.counts[row]?.[column] ?? 0)) };
}
