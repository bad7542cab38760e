import { describe, expect, it } from "vitest";
import { columnsIn, HEAD, laidOut, ROW, rowsIn } from "./in-view";
import type { CellPlace } from "./table-row";

describe("rows in view", () => {
  it("are as many wherever one is, so that elements can be used again", () => {
    const height = HEAD + 10 * ROW;
    expect(rowsIn(0, height, 100)).toEqual({ from: 0, to: 23 });
    expect(rowsIn(50 * ROW, height, 100)).toEqual({ from: 44, to: 67 });
    expect(rowsIn(50 * ROW + 29, height, 100)).toEqual({ from: 44, to: 67 });
    expect(rowsIn(90 * ROW, height, 100)).toEqual({ from: 77, to: 100 });
  });

  it("are all where there are few, and none where there is none", () => {
    expect(rowsIn(0, 900, 4)).toEqual({ from: 0, to: 4 });
    expect(rowsIn(0, 900, 0)).toEqual({ from: 0, to: 0 });
    expect(rowsIn(9_000, 900, 4)).toEqual({ from: 0, to: 4 }); // before the browser scrolls back
  });

  it("keep their elements while one scrolls, and lie as they are read at rest", () => {
    const element = (rows: readonly number[]) => rows.map((row) => row % rows.length);
    for (const from of [0, 3, 7, 10, 44]) {
      const span = { from, to: from + 10 };
      expect(element(laidOut(span, true))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(laidOut(span, true).toSorted((a, b) => a - b)).toEqual(laidOut(span, false));
    }
    expect(laidOut({ from: 3, to: 6 }, false)).toEqual([3, 4, 5]);
    expect(laidOut({ from: 0, to: 0 }, true)).toEqual([]);
  });
});

describe("columns in view", () => {
  const places = (staying: number, count: number): CellPlace[] =>
    Array.from({ length: count }, (_, index) => (
      { column: `c${index}`, index, start: 200 + 100 * index, width: 100, numeric: true, stays: index < staying }
    ));

  it("are those between what stays and the right end, and two more on either side", () => {
    expect(columnsIn(0, 700, places(0, 40))).toEqual({ from: 0, to: 7 });
    expect(columnsIn(1_050, 700, places(0, 40))).toEqual({ from: 8, to: 18 });
    expect(columnsIn(1_050, 700, places(3, 40))).toEqual({ from: 11, to: 18 });
    expect(columnsIn(3_500, 700, places(3, 40))).toEqual({ from: 36, to: 40 });
  });

  it("are none where all stay", () => {
    expect(columnsIn(0, 700, places(3, 3))).toEqual({ from: 3, to: 3 });
    expect(columnsIn(0, 700, [])).toEqual({ from: 0, to: 0 });
  });
});
