/** Events for components. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { type Listener, listen, streamState, watchStream } from "./events";

/** Hears of topics while a component is there. */
export function useLive(listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  const topics = listener.topics.join(",");
  useEffect(() => {
    if (!topics) return;
    return listen({
      topics: topics.split(","),
      onRun: (event) => latest.current.onRun?.(event),
      onChange: (change) => latest.current.onChange?.(change),
      onReset: () => latest.current.onReset?.(),
    });
  }, [topics]);
}

export const useStream = () => useSyncExternalStore(watchStream, streamState);
