import { expect, test } from "vitest";
import { Listeners } from "./listeners";

test("who listens hears of a change until it stops", () => {
  const listeners = new Listeners();
  let heard = 0;
  const stop = listeners.subscribe(() => void heard++);
  listeners.tell();
  stop();
  listeners.tell();
  expect(heard).toBe(1);
});
