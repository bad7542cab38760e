import { expect, test } from "vitest";
import type { ColumnsHeader, SeriesHeader } from "../api/frames";
import { curvesOf, nearest } from "../charts/curves";
import { numberAt, readColumn, textAt } from "./column";
import { decodeFrame } from "./frame";
import { goldenContent, goldenFrame } from "./golden";

test("every column reads as the server wrote it", () => {
  const frame = goldenFrame<ColumnsHeader>("columns");
  const content = goldenContent("columns");
  expect(frame.header.cols.map((place) => place.key)).toEqual(Object.keys(content));
  expect(new Set(frame.header.cols.map((place) => place.type))).toEqual(new Set(["hex16", "f8", "f4", "i4", "text", "dict"]));
  for (const place of frame.header.cols) {
    const column = readColumn(frame, place);
    const read = Array.from({ length: frame.header.rows }, (_, row) =>
      column.kind === "number" ? numberAt(column, row) : textAt(column, row),
    );
    const wanted = (content[place.key] ?? []).map((value) => ({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY })[String(value)] ?? value);
    expect(read, place.key).toEqual(wanted);
  }
});

test("curves read as the server wrote them", () => {
  const [curve] = curvesOf(goldenFrame<SeriesHeader>("series")).curves;
  const content = goldenContent("series");
  expect([...(curve?.x ?? [])]).toEqual(content.x);
  expect([...(curve?.y ?? [])]).toEqual(content.y);
  expect([...(curve?.smoothed ?? [])]).toEqual(content.smoothed);
  expect([curve?.returned, curve?.total]).toEqual([10, 1000]);
});

test("a frame of another format is refused", () => {
  const header = new TextEncoder().encode('{"format":"runyard.frame/9"} ');
  const data = new Uint8Array(4 + header.length);
  new DataView(data.buffer).setUint32(0, header.length, true);
  data.set(header, 4);
  expect(() => decodeFrame(data.buffer)).toThrow("runyard.frame/9");
});

test("the nearest place in a curve is found", () => {
  const values = Float64Array.from([0, 10, 20]);
  expect([-5, 4, 6, 15, 99].map((value) => nearest(values, value))).toEqual([0, 0, 1, 2, 2]);
  expect(nearest(new Float64Array(), 1)).toBe(-1);
});
