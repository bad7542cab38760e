/** What is said where there is nothing else to show, and the state of a run. */
import { type ReactNode, useState } from "react";
import { IconButton } from "./button";
import styles from "./notes.module.css";

/** What went wrong, as the server says it; its second and third line may point at a place in a filter. */
export function ErrorNote({ error }: { readonly error: Error }) {
  return <div role="alert" className={`${styles.note} ${styles.bad}`}>{error.message}</div>;
}

export const Empty = ({ children }: { readonly children: ReactNode }) => <div className={styles.empty}>{children}</div>;

export const Loading = ({ what }: { readonly what: string }) => (
  <div role="status" className={styles.loading}>{`Loading ${what}…`}</div>
);

export const Dot = ({ status }: { readonly status: string }) => (
  <span aria-hidden="true" className={styles.dot} data-status={status} />
);

export function Status({ status }: { readonly status: string }) {
  return (
    <span className={styles.status}>
      <Dot status={status} />
      {status.toLowerCase()}
    </span>
  );
}

export function CopyButton({ text, label, className }: { readonly text: string; readonly label: string; readonly className?: string | undefined }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return <IconButton small icon={done ? "check" : "copy"} label={done ? "Copied" : label} className={className} onClick={copy} />;
}

/** Code to be copied. */
export function Snippet({ code }: { readonly code: string }) {
  return (
    <div className={styles.snippet}>
      <pre tabIndex={0} aria-label="Code">{code}</pre>
      <CopyButton text={code} label="Copy" className={styles.copy} />
    </div>
  );
}
