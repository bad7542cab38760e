/** What a component that edits something tells while it is being saved, and when that failed. */
import { useState } from "react";

export interface Saving {
  readonly busy: boolean;
  readonly error: Error | null;
  /** Saves, and tells whether that worked. */
  readonly save: (act: () => Promise<unknown>) => Promise<boolean>;
  readonly forget: () => void; // the error
}

export function useSaving(): Saving {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const save = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
      return true;
    } catch (told) {
      setError(told instanceof Error ? told : new Error(String(told)));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, save, forget: () => setError(null) };
}
