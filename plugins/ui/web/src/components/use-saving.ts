/** What a component that changes something tells while it is being saved, and when that failed. */
import { useMutation } from "@tanstack/react-query";

export interface Saving {
  readonly busy: boolean;
  readonly error: Error | null;
  /** Saves, and tells whether that worked. */
  readonly save: (act: () => Promise<unknown>) => Promise<boolean>;
  readonly forget: () => void; // the error
}

export function useSaving(): Saving {
  const { mutateAsync, isPending, error, reset } = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    networkMode: "always", // the server may be on this machine
  });
  return { busy: isPending, error, save: (act) => mutateAsync(act).then(() => true, () => false), forget: reset };
}
