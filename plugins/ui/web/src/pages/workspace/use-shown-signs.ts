/** The signs of the runs and groups that a workspace shows, so that none is taken for another. */
import { useMemo, useRef } from "react";
import { groupSigns, runSigns, type Signs } from "../../theme/signs";
import type { View } from "./view";

const MOST_GROUPS = 500; // that charts could draw

export function useShownSigns({ drawn, groups }: View): Signs {
  const before = useRef<Signs>(new Map());
  return useMemo(() => {
    before.current = groupSigns((groups ?? []).slice(0, MOST_GROUPS).map(({ name }) => name), before.current);
    return new Map([...runSigns(drawn), ...before.current]);
  }, [drawn, groups]);
}
