/** What a panel exports and what it is given: API version 1, told to authors of plugins in docs/panels.md. */
import type { Slot } from "../api/panels";

export const API = "1";

/** Exported by the module, beside `export const api = "1"`. */
export interface PanelModule {
  readonly api: string;
  readonly mount: (element: HTMLElement, context: PanelContext) => PanelHandle | void | Promise<PanelHandle | void>;
}

export interface PanelHandle {
  /** What is shown, or the theme, has changed. */
  readonly update?: (context: PanelContext) => void | Promise<void>;
  /** The element is about to go. */
  readonly unmount?: () => void;
}

/** What the panel stands beside; which of them there are depends on the slot. */
export interface PanelIds {
  readonly experiment?: string;
  readonly experiments?: readonly string[]; // where there are several
  readonly run?: string;
  readonly runs?: readonly string[]; // those that are drawn
  readonly baseline?: string;
  readonly path?: string; // of an artifact
  readonly loggedModel?: string; // whose artifact it is, where it is no run's
  readonly model?: string;
  readonly version?: string;
}

export interface PanelContext {
  readonly api: typeof API;
  readonly slot: Slot;
  readonly ids: PanelIds;
  /** Grows when something happened to what the ids name. */
  readonly revision: number;
  readonly theme: { readonly dark: boolean; readonly colours: Readonly<Record<string, string>> };
  /** Asks this server's API, such as `/api/v1/runs/…`; an answer that is an error is thrown in the server's words. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** What the panel keeps in the address of the page; empty at first. */
  readonly state: string;
  readonly setState: (state: string) => void;
  readonly openRun: (run: string) => void;
}
