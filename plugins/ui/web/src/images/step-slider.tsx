/** Chooses a step among those at which there are images. */
import { IconButton } from "../components/button";
import { count } from "../format";
import { useKeys } from "../shell/keys";
import styles from "./images.module.css";
import { placeOf } from "./steps";

interface StepSliderProps {
  readonly steps: readonly number[];
  readonly step: number | null; // null: the last
  readonly onStep: (step: number | null) => void;
}

export function StepSlider({ steps, step, onStep }: StepSliderProps) {
  const last = steps.length - 1;
  const at = placeOf(steps, step);
  const go = (place: number) => {
    const wanted = Math.min(Math.max(place, 0), last);
    onStep(wanted === last ? null : (steps[wanted] ?? null));
  };
  useKeys("Images", [
    { keys: "[", what: "Earlier step", act: () => go(at - 1) },
    { keys: "]", what: "Later step", act: () => go(at + 1) },
  ]);
  const text = `step ${count(steps[at] ?? 0)}`;
  return (
    <div className={styles.slider}>
      <IconButton icon="back" label="Earlier step ([)" disabled={at === 0} onClick={() => go(at - 1)} />
      <input type="range" min={0} max={last} step={1} value={at} disabled={last < 1} aria-label="Step" aria-valuetext={text} onChange={(event) => go(Number(event.target.value))} />
      <IconButton icon="chevron" label="Later step (])" disabled={at === last} onClick={() => go(at + 1)} />
      <output title={`${count(at + 1)} of ${count(steps.length)} steps`}>{text}{at === last && <small> the last</small>}</output>
    </div>
  );
}
