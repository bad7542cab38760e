import { expect, test } from "vitest";
import { parseWorkspace } from "../url/workspace-state";
import { isSame, keptQuery, keptState, type SavedView } from "./views";

const view = (state: Record<string, unknown>): SavedView => ({
  view_id: "v", name: "best", experiment_ids: ["1"], state, creation_time: 1, last_update_time: 1, revision: 1, user_id: null,
});

test("a view keeps the picture, not which view it began as", () => {
  const state = parseWorkspace("q=metrics.acc+%3E+0.9&sort=-metrics.acc&cols=params.lr&left=params.lr&view=abc");
  const saved = view(keptState(state));
  expect(keptQuery(saved)).not.toContain("view=");
  expect(isSame(saved, state)).toBe(true);
  expect(isSame(saved, { ...state, sort: null })).toBe(false);
});

test("what something else saved is not taken for a picture", () => {
  for (const state of [{}, { version: 2, query: "" }, { version: 1, query: 7 }]) expect(keptQuery(view(state))).toBeNull();
});
