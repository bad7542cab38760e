/** Loads the module of a panel and has it show itself in an element; whatever it does wrong is told as a failure. */
import type { PanelInfo } from "../api/panels";
import { asError } from "../as-error";
import type { Stage } from "./failures";
import { API, type PanelContext, type PanelHandle, type PanelModule } from "./panel-api";

export const PATIENCE = 10_000; // milliseconds for loading, and again for mounting

export interface Running {
  readonly update: (context: PanelContext) => void;
  readonly stop: () => void;
}

interface Start {
  readonly panel: PanelInfo;
  readonly address: string;
  readonly element: HTMLElement;
  readonly context: PanelContext;
  readonly onReady: () => void;
  readonly onFailure: (stage: Stage, message: string) => void;
  readonly load?: (address: string) => Promise<unknown>;
  readonly patience?: number;
}

export function startPanel({ panel, address, element, context, onReady, onFailure, load = imported, patience = PATIENCE }: Start): Running {
  let handle: PanelHandle = {};
  let latest = context;
  let [stopped, mounted] = [false, false];
  const fail = (stage: Stage, error: unknown) => {
    if (!stopped) onFailure(stage, asError(error).message);
  };
  const attempt = async (stage: Stage, act: () => unknown) => {
    try {
      await act();
    } catch (error) {
      fail(stage, error);
    }
  };
  const watched = watchErrors(address, (error) => fail("event", error));
  const run = async () => {
    let module: PanelModule;
    try {
      module = checked(await inTime(load(address), patience, "it took too long to load"));
    } catch (error) {
      return fail("load", error);
    }
    if (stopped) return;
    try {
      const mounting = Promise.resolve(module.mount(element, latest));
      handle = (await inTime(mounting, patience, "it took too long to show itself")) ?? {};
    } catch (error) {
      return fail("mount", error);
    }
    mounted = true;
    if (stopped) return unmounted(panel, handle);
    onReady();
    if (latest !== context) void attempt("update", () => handle.update?.(latest));
  };
  void run();
  return {
    update: (next) => {
      latest = next;
      if (mounted) void attempt("update", () => handle.update?.(next));
    },
    stop: () => {
      stopped = true;
      watched();
      // What it leaves behind goes with its element; what it throws now is nobody's concern but the console's.
      if (mounted) unmounted(panel, handle);
    },
  };
}

const imported = (address: string): Promise<unknown> => import(/* @vite-ignore */ address);

function checked(module: unknown): PanelModule {
  const { api, mount } = module as Partial<PanelModule>;
  if (api === undefined) throw new Error(`it does not say for which API it is written: export const api = "${API}"`);
  if (api !== API) throw new Error(`it is written for version ${api} of the panels' API; this server has ${API}`);
  if (typeof mount !== "function") throw new Error("it has no function mount");
  return { api, mount };
}

async function inTime<Value>(work: Promise<Value>, patience: number, told: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`${told} (${patience / 1_000} s)`)), patience);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function unmounted(panel: PanelInfo, handle: PanelHandle): void {
  try {
    handle.unmount?.();
  } catch (error) {
    console.error(`panel ${panel.name} of ${panel.plugin} ${panel.version}`, error);
  }
}

/** Hears of errors that nobody caught and that come from the files beside a module, until the function given is called. */
function watchErrors(address: string, tell: (error: unknown) => void): () => void {
  const folder = address.slice(0, address.lastIndexOf("/") + 1);
  const isOwn = (error: unknown, file = "") => `${file} ${error instanceof Error ? error.stack : ""}`.includes(folder);
  const onError = (event: ErrorEvent) => void (isOwn(event.error, event.filename) && tell(event.error ?? event.message));
  const onRejection = (event: PromiseRejectionEvent) => void (isOwn(event.reason) && tell(event.reason));
  addEventListener("error", onError);
  addEventListener("unhandledrejection", onRejection);
  return () => {
    removeEventListener("error", onError);
    removeEventListener("unhandledrejection", onRejection);
  };
}
