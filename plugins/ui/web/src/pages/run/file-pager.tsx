/** Goes through a long file part by part. */
import { IconButton } from "../../components/button";
import styles from "./artifacts.module.css";

interface FilePagerProps {
  readonly what: string; // such as "Rows 1–100 of 200"
  readonly onBefore: (() => void) | null;
  readonly onAfter: (() => void) | null;
}

export function FilePager({ what, onBefore, onAfter }: FilePagerProps) {
  return (
    <div className={styles.pager}>
      <span role="status">{what}</span>
      {(onBefore || onAfter) && (
        <>
          <IconButton small icon="back" label="The part before" disabled={!onBefore} onClick={() => onBefore?.()} />
          <IconButton small icon="chevron" label="The next part" disabled={!onAfter} onClick={() => onAfter?.()} />
        </>
      )}
    </div>
  );
}
