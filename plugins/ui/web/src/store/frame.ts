/** Reads the binary frames of the server: a JSON header, and columns that typed arrays look at without a copy. */
import type { ColumnPlace, Place } from "../api/frames";

const FORMAT = "runyard.frame/1";
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A frame's header and its data. */
export interface Frame<Header> {
  readonly header: Header;
  readonly data: ArrayBuffer;
  readonly start: number; // of the data; places count from here
}

export type Numbers = Float64Array | Float32Array | Int32Array;

export function decodeFrame<Header>(data: ArrayBuffer): Frame<Header> {
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))) as Header & { format: string };
  if (header.format !== FORMAT) throw new Error(`the server sent a frame of the format ${header.format}, not ${FORMAT}`);
  return { header, data, start: 4 + length };
}

const bytes = (frame: Frame<unknown>, place: Place): Uint8Array =>
  new Uint8Array(frame.data, frame.start + place.offset, place.length);

/** The numbers of a column, without its base. */
function numbers(frame: Frame<unknown>, place: ColumnPlace): Numbers {
  const at = frame.start + place.offset;
  switch (place.type) {
    case "f8": return new Float64Array(frame.data, at, place.length / 8);
    case "f4": return new Float32Array(frame.data, at, place.length / 4);
    case "i4": return new Int32Array(frame.data, at, place.length / 4);
    default: throw new Error(`a column of the type ${place.type} has no numbers`);
  }
}

/** Every number of a column, NaN where a row has none. */
export function readNumbers(frame: Frame<unknown>, place: ColumnPlace): Float64Array {
  const found = numbers(frame, place);
  const values = found instanceof Float64Array ? found.slice() : Float64Array.from(found);
  if (place.base) for (let row = 0; row < values.length; row++) values[row] = (values[row] as number) + place.base;
  return values;
}

/** Which rows have a value; null where all have. */
export function readValid(frame: Frame<unknown>, place: ColumnPlace): Uint8Array | null {
  return place.valid ? bytes(frame, place.valid).slice() : null;
}

export function readCodes(frame: Frame<unknown>, place: ColumnPlace): Int32Array {
  const at = frame.start + place.offset;
  if (place.code === "i1") return Int32Array.from(new Int8Array(frame.data, at, place.length));
  if (place.code === "i2") return Int32Array.from(new Int16Array(frame.data, at, place.length / 2));
  return new Int32Array(frame.data, at, place.length / 4).slice();
}

/** A text of its own for each row: where it ends, and its bytes, decoded when it is looked at. */
export function readTexts(frame: Frame<unknown>, place: ColumnPlace): (row: number) => string {
  const content = bytes(frame, place);
  if (place.type === "hex16") return (row) => hex(content, row * 16);
  const ends = new Uint32Array(frame.data, frame.start + (place.ends as Place).offset, (place.ends as Place).length / 4);
  const decoder = new TextDecoder();
  return (row) => decoder.decode(content.subarray(row === 0 ? 0 : ends[row - 1], ends[row]));
}

function hex(content: Uint8Array, at: number): string {
  let text = "";
  for (let byte = at; byte < at + 16; byte++) text += HEX[content[byte] as number];
  return text;
}
