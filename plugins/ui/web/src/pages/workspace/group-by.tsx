/** Chooses by which param, or by their experiment, runs are grouped, and what the band around a group's line is. */
import { Select } from "../../components/field";
import type { Change } from "../../url/use-workspace";
import type { WorkspaceState } from "../../url/workspace-state";
import { columnTitle, factors, type SchemaKey } from "./column-choice";

interface GroupByProps {
  readonly keys: readonly SchemaKey[];
  readonly state: WorkspaceState;
  readonly change: Change;
}

export function GroupBy({ keys, state, change }: GroupByProps) {
  const columns = factors(keys);
  const now = state.group.join(" · ");
  return (
    <>
      <Select label="Group runs by" value={now} onChange={(event) => change({ group: event.target.value ? [event.target.value] : [], open: [] })}>
        <option value="">No groups</option>
        {now && !columns.includes(now) && <option value={now}>{state.group.map((key) => columnTitle(key).name).join(" · ")}</option>}
        {columns.map((key) => <option key={key} value={key}>{`By ${columnTitle(key).name}`}</option>)}
      </Select>
      {now && (
        <Select label="Band of a group" value={state.band} onChange={(event) => change({ band: event.target.value === "std" ? "std" : "minmax" })}>
          <option value="minmax">Min to max</option>
          <option value="std">± std</option>
        </Select>
      )}
    </>
  );
}
