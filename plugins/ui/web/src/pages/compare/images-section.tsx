/** Images of runs beside each other: a row for each key, all at one step. */
import { useMemo } from "react";
import { useImagesOf } from "../../api/queries";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { StepPicture } from "../../images/step-picture";
import { StepSlider } from "../../images/step-slider";
import { imageAt, placeOf, type Series, stepsOf } from "../../images/steps";
import { addressOf } from "../run/artifact-tree";
import type { SectionProps } from "./compare-page";
import styles from "./compare.module.css";
import { DiffTable, type Line } from "./diff-table";

export function ImagesSection({ diff, state, change }: SectionProps) {
  const answers = useImagesOf(state.runs);
  const error = answers.find((answer) => answer.error)?.error;
  const ofRuns = answers.map((answer) => answer.data?.series);
  const steps = useMemo(() => stepsOf(ofRuns.flatMap((series) => series ?? [])), ofRuns);
  if (error) return <ErrorNote error={error} />;
  if (ofRuns.some((series) => series === undefined)) return <Loading what="images" />;
  if (steps.length === 0) return <Empty>None of these runs has images by step.</Empty>;
  const step = steps[placeOf(steps, state.step)] ?? 0;
  const keys = [...new Set(ofRuns.flatMap((series) => series?.map((one) => one.key) ?? []))].sort();
  const lines = keys.map((key) => keyLine(key, ofRuns.map((series) => series?.find((one) => one.key === key)), state.runs, step));
  return (
    <>
      <div className={styles.slider}><StepSlider steps={steps} step={state.step} onStep={(wanted) => change({ step: wanted })} /></div>
      <DiffTable what="images" runs={diff.runs} groups={[{ title: "Images", lines }]} {...{ state, change }} />
    </>
  );
}

function keyLine(key: string, series: readonly (Series | undefined)[], runs: readonly string[], step: number): Line {
  return {
    key,
    name: key,
    cells: series.map((one, at) => {
      if (!one) return <span className={styles.none}>–</span>;
      const image = imageAt(one.images, step);
      const run = runs[at] ?? "";
      return <div className={styles.image}><StepPicture runId={run} name={key} image={image} step={step} whole href={addressOf(run, image?.path ?? "")} /></div>;
    }),
  };
}
