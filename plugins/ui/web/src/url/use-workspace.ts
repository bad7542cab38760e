/** The state of the workspace, read from the address and written to it. */
import { type ChangeOf, useAddressState } from "./use-address-state";
import { formatWorkspace, parseWorkspace, type WorkspaceState } from "./workspace-state";

export type Change = ChangeOf<WorkspaceState>;

export const useWorkspace = (): readonly [WorkspaceState, Change] => useAddressState(parseWorkspace, formatWorkspace);
