import { beforeEach, expect, test, vi } from "vitest";
import type { PanelInfo } from "../api/panels";
import { asker } from "./ask";
import { fits, suitsFile, suitsRun } from "./matching";
import type { PanelContext } from "./panel-api";
import { isSafeMode, startSafeMode } from "./safe-mode";
import { startPanel } from "./start";

const PANEL: PanelInfo = {
  plugin: "shapes", distribution: "runyard-shapes", version: "1.2", name: "shapes", title: "Shapes", summary: "", slot: "run.tab",
  files: [], media_types: [], keys: [], module: "panels/shapes/shapes/1.2-0/panel.js", problem: null,
};
const CONTEXT = { api: "1", revision: 0 } as unknown as PanelContext;

test("patterns mean shell's stars and nothing else", () => {
  expect(fits("*.npy", "a/b.npy")).toBe(true);
  expect(fits("a.b*", "aXb")).toBe(false);
  expect(fits("metrics.val_*", "metrics.val_acc")).toBe(true);
  expect(fits("?[1].(x)", "a[1].(x)")).toBe(true);
});

test("a preview goes by a file's name, its path or its media type", () => {
  const panel = { ...PANEL, files: ["*matrix*.json", "reports/*.csv"], media_types: ["image/*"] };
  expect(suitsFile(panel, "deep/er/my_matrix.json", "application/json")).toBe(true);
  expect(suitsFile(panel, "reports/a.csv", "text/csv")).toBe(true);
  expect(suitsFile(panel, "other/reports/a.csv", "text/csv")).toBe(false);
  expect(suitsFile(panel, "x.bin", "image/png; charset=binary")).toBe(true);
});

test("a tab is there for every run, or for those that have something", () => {
  expect(suitsRun(PANEL, [], [])).toBe(true);
  const panel = { ...PANEL, files: ["*.json"], keys: ["metrics.val_*"] };
  expect(suitsRun(panel, ["params.lr"], ["a.txt"])).toBe(false);
  expect(suitsRun(panel, ["metrics.val_acc"], [])).toBe(true);
  expect(suitsRun(panel, [], ["a.json"])).toBe(true);
});

const waited = () => new Promise((done) => setTimeout(done, 20));

function started(module: unknown, patience = 1_000) {
  const failures: string[] = [];
  const ready = vi.fn();
  const running = startPanel({
    panel: PANEL, address: `${location.origin}/panels/shapes/shapes/1.2-0/panel.js`, element: document.createElement("div"), context: CONTEXT, patience,
    onReady: ready, onFailure: (stage, message) => failures.push(`${stage}: ${message}`),
    load: () => (module instanceof Error ? Promise.reject(module) : module instanceof Promise ? module : Promise.resolve(module)),
  });
  return { running, failures, ready };
}

test("a panel is mounted, told what changes, and unmounted once", async () => {
  const [update, unmount] = [vi.fn(), vi.fn()];
  const { running, failures, ready } = started({ api: "1", mount: () => ({ update, unmount }) });
  const next = { ...CONTEXT, revision: 1 };
  running.update(next); // before it is there
  await waited();
  expect(ready).toHaveBeenCalledOnce();
  expect(update).toHaveBeenCalledExactlyOnceWith(next);
  running.stop();
  expect(unmount).toHaveBeenCalledOnce();
  expect(failures).toEqual([]);
});

test("a panel that goes before it is mounted leaves nothing behind", async () => {
  const unmount = vi.fn();
  const mount = vi.fn(() => waited().then(() => ({ unmount })));
  const { running } = started({ api: "1", mount });
  await new Promise((done) => setTimeout(done, 5));
  running.stop();
  await waited();
  await waited();
  expect(mount).toHaveBeenCalledOnce();
  expect(unmount).toHaveBeenCalledOnce();
});

test.each([
  [new Error("no such file"), "load: no such file"],
  [new Promise(() => undefined), "load: it took too long to load (0.01 s)"],
  [{ api: "2", mount() {} }, "load: it is written for version 2 of the panels' API; this server has 1"],
  [{ mount() {} }, 'load: it does not say for which API it is written: export const api = "1"'],
  [{ api: "1" }, "load: it has no function mount"],
  [{ api: "1", mount() { throw new Error("boom"); } }, "mount: boom"],
  [{ api: "1", mount: () => Promise.reject(new Error("late boom")) }, "mount: late boom"],
  [{ api: "1", mount: () => new Promise(() => undefined) }, "mount: it took too long to show itself (0.01 s)"],
])("whatever goes wrong is told with its stage", async (module, told) => {
  const { failures } = started(module, 10);
  await waited();
  expect(failures).toEqual([told]);
});

test("a panel that fails at a change says so and can be told again", async () => {
  const { running, failures } = started({ api: "1", mount: () => ({ update() { throw new Error("bad update"); } }) });
  await waited();
  running.update(CONTEXT);
  running.update(CONTEXT);
  await waited();
  expect(failures).toEqual(["update: bad update", "update: bad update"]);
});

test("an error of an action is told where it comes from the panel's files", async () => {
  const { running, failures } = started({ api: "1", mount() {} });
  const own = `${location.origin}/panels/shapes/shapes/1.2-0/panel.js`;
  dispatchEvent(new ErrorEvent("error", { message: "own", filename: own }));
  dispatchEvent(new ErrorEvent("error", { message: "else", filename: `${location.origin}/assets/index.js` }));
  expect(failures).toEqual(["event: own"]);
  running.stop();
  dispatchEvent(new ErrorEvent("error", { message: "late", filename: own }));
  expect(failures).toHaveLength(1);
});

test("a panel asks this server's API and nothing else", async () => {
  const asked = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("{}"));
  const ask = asker("/ml", new AbortController().signal);
  await ask("/api/v1/runs/a");
  expect(String(asked.mock.calls[0]?.[0])).toBe(`${location.origin}/ml/api/v1/runs/a`);
  for (const path of ["https://elsewhere.example/api/", "//elsewhere.example/api/x", "/api/../../x", "/settings", "api/v1", "@elsewhere.example/api/"]) {
    await expect(ask(path), path).rejects.toThrow("a panel asks this server's API");
  }
  expect(asked).toHaveBeenCalledOnce();
  asked.mockResolvedValue(new Response(JSON.stringify({ error_code: "X", message: "no run" }), { status: 404 }));
  await expect(ask("/api/v1/runs/b")).rejects.toThrow("no run");
});

beforeEach(() => sessionStorage.clear());

test("safe mode lasts as long as the tab", () => {
  startSafeMode("?tab=split");
  expect(isSafeMode()).toBe(false);
  startSafeMode("?safe=1");
  startSafeMode("?tab=split");
  expect(isSafeMode()).toBe(true);
  startSafeMode("?safe=0");
  expect(isSafeMode()).toBe(false);
});
