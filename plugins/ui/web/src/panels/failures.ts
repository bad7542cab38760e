/** Which panels failed in this tab, and how: shown in their place and on the pages of plugins. */
import { useSyncExternalStore } from "react";
import { Listeners } from "../listeners";

export type Stage = "load" | "mount" | "update" | "event";

export interface Failure {
  readonly panel: string;
  readonly stage: Stage;
  readonly message: string;
}

const listeners = new Listeners();
let failures: readonly Failure[] = [];

/** Keeps the last failure of each panel. */
export function keepFailure(failure: Failure): void {
  change([...failures.filter((one) => one.panel !== failure.panel), failure]);
}

export function forgetFailure(panel: string): void {
  if (failures.some((one) => one.panel === panel)) change(failures.filter((one) => one.panel !== panel));
}

function change(next: readonly Failure[]): void {
  failures = next;
  listeners.tell();
}

export const useFailures = (): readonly Failure[] => useSyncExternalStore(listeners.subscribe, () => failures);
