/** What one can do with the experiments that are selected. */
import { Button, IconButton } from "../../components/button";
import { count, counted } from "../../format";
import { MOST_TOGETHER } from "../../url/experiments-state";
import styles from "./experiments.module.css";

interface SelectionBarProps {
  readonly count: number;
  readonly onCompare: () => void;
  readonly onNone: () => void;
}

export function SelectionBar({ count: chosen, onCompare, onNone }: SelectionBarProps) {
  return (
    <div role="toolbar" aria-label="Selected experiments" className={styles.selection}>
      <b>{`${counted(chosen, "experiment")} selected`}</b>
      <IconButton small icon="close" label="Select none" onClick={onNone} />
      {chosen > MOST_TOGETHER && <span>{`Runs of at most ${count(MOST_TOGETHER)} are shown together.`}</span>}
      <Button small look="primary" icon="compare" title="Show their runs together (c)" disabled={chosen < 2 || chosen > MOST_TOGETHER} onClick={onCompare}>
        {chosen < 2 ? "Compare runs with those of another" : `Compare runs of ${count(chosen)} experiments`}
      </Button>
    </div>
  );
}
