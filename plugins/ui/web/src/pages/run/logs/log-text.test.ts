import { expect, test } from "vitest";
import { found, isLog, LogText, printed } from "./log-text";

const bytes = (text: string) => new TextEncoder().encode(text);

test("a file that was read in any pieces has the same lines", () => {
  const whole = bytes("first größe\nsecond\n\nfourth ✓\nunfinished");
  const wanted = ["first größe", "second", "", "fourth ✓", "unfinished"];
  for (let middle = 0; middle <= whole.length; middle++) {
    for (let end = middle; end <= whole.length; end += 3) {
      const text = LogText.of(middle, whole.slice(middle, end), whole.length);
      text.append(whole.slice(end), whole.length);
      if (middle > 0) {
        text.prepend(whole.slice(middle >> 1, middle));
        if (!text.complete) text.prepend(whole.slice(0, middle >> 1));
      }
      expect(text.lines, `${middle}, ${end}`).toEqual(wanted);
      expect([text.start, text.end]).toEqual([0, whole.length]);
    }
  }
});

test("of a part only whole lines are shown, but for one that is all there is", () => {
  expect(LogText.of(5, bytes("rest\nwhole\nhalf"), 99).lines).toEqual(["whole", "half"]);
  expect(LogText.of(5, bytes("no end"), 99).lines).toEqual(["no end"]);
  expect(LogText.of(0, bytes(""), 0).lines).toEqual([]);
});

test("a line is as a terminal would leave it", () => {
  expect(printed("\u001b[31merror\u001b[0m: \u001b[1;4mno\u001b[m")).toBe("error: no");
  expect(printed("epoch 1  10%\repoch 1  50%\repoch 1 100%\r")).toBe("epoch 1 100%");
  expect(printed("\u001b]0;title\u0007ready")).toBe("ready");
  expect(printed("from Windows\r")).toBe("from Windows");
});

test("lines are found in whatever case, without their colours", () => {
  expect(found(["Loss: 1", "nothing", "\u001b[31mlo\u001b[0mss 2"], "LOSS")).toEqual([0, 2]);
  expect(found(["a"], "")).toEqual([]);
});

test.each([
  ["runyard/output.log", true],
  ["train.log", true],
  ["stderr", true],
  ["logs/worker-1.txt", true],
  ["notes.txt", false],
  ["model/catalog.json", false],
])("%s is a log: %s", (path, is) => {
  expect(isLog(path)).toBe(is);
});
