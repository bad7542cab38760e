/** The keys of forms: Enter saves, in an area with Ctrl; Escape gives up what is typed, and nothing around it. */
import type { KeyboardEvent } from "react";

export const formKeys = (onCancel: () => void) => (event: KeyboardEvent<HTMLFormElement>) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  else if (event.key === "Escape") onCancel();
  else return;
  event.preventDefault();
  event.stopPropagation();
};
