/** Changes of a file, as git writes them. */
import styles from "./patch.module.css";

export const Patch = ({ text }: { readonly text: string }) => (
  <pre className={styles.patch} tabIndex={0} aria-label="Changes">
    {text.replace(/\n$/, "").split("\n").map((line, at) => <span key={at} data-kind={lineKind(line)}>{`${line}\n`}</span>)}
  </pre>
);

/** What a line of a patch does. */
export function lineKind(line: string): "head" | "hunk" | "added" | "removed" | "same" {
  if (/^(diff --git |index |--- |\+\+\+ |new file|deleted file|old mode|new mode|similarity |rename )/.test(line)) return "head";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
