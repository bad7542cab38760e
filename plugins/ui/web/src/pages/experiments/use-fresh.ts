/** Reads experiments again when something happens in them. */
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useLive } from "../../live/use-live";

const GATHER = 1_000; // milliseconds in which what changed is gathered

/** Reads the experiments again, and what else is named by the beginning of its key. */
export function useFreshExperiments(...others: readonly string[]): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const refresh = () => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      for (const kind of ["experiments", ...others]) void client.invalidateQueries({ queryKey: [kind] });
    }, GATHER);
  };
  useLive({
    topics: ["*"], // runs are told of by their experiments, which may be any
    onRun: (event) => void client.invalidateQueries({ queryKey: ["run", event.run_id] }), // where its values are shown
    onChange: (change) => change.kind !== "metrics" && refresh(),
    onReset: refresh,
  });
}
