/** What a model takes and gives, read from the text of its MLmodel. */

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly note: string; // such as optional, or a default
}

export interface Signature {
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  readonly params: readonly Field[];
}

/** Null where the file has no signature, or one in another form than clients write. */
export function signatureOf(mlmodel: string): Signature | null {
  const block = /^signature:\r?\n((?:[ \t]+.*(?:\r?\n|$)|\r?\n)+)/m.exec(mlmodel)?.[1];
  if (!block) return null;
  try {
    const [inputs, outputs, params] = ["inputs", "outputs", "params"].map((name) => fieldsOf(scalar(block, name)));
    return { inputs: inputs ?? [], outputs: outputs ?? [], params: params ?? [] };
  } catch {
    return null;
  }
}

/** The text of a key: YAML folds long ones, whose lines are joined by spaces. */
function scalar(block: string, name: string): string | null {
  const [, quote = "", text = ""] = new RegExp(`^[ \\t]+${name}:[ \\t]*(?:(')((?:[^']|'')*)'|(")((?:[^"\\\\]|\\\\[^])*)")`, "m").exec(block)?.filter((part) => part !== undefined) ?? [];
  if (quote === "'") return text.replace(/\s*\n\s*/g, " ").replace(/''/g, "'");
  if (quote === '"') return JSON.parse(`"${text.replace(/\\\n\s*(\\ )?/g, (_, space) => (space ? " " : "")).replace(/\s*\n\s*/g, " ")}"`) as string;
  return null;
}

interface WireField {
  readonly name?: string;
  readonly type: string;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly "tensor-spec"?: { readonly dtype: string; readonly shape: readonly number[] };
}

function fieldsOf(text: string | null): Field[] {
  if (text === null) return [];
  const found = JSON.parse(text) as readonly WireField[];
  return found.map((field, at) => {
    const tensor = field["tensor-spec"];
    const notes = [field.required === false && "optional", field.default !== undefined && `default ${JSON.stringify(field.default)}`];
    return {
      name: field.name ?? (found.length > 1 ? String(at) : "–"),
      type: tensor ? `${tensor.dtype} (${tensor.shape.map((size) => (size < 0 ? "any" : size)).join(", ")})` : field.type,
      note: notes.filter(Boolean).join(", "),
    };
  });
}
