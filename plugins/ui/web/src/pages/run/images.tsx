/** The images of a run by step, each key beside the others, and below them images that are files. */
import { useMemo } from "react";
import { Link } from "wouter";
import { pictureAddress } from "../../api/files";
import { useImages } from "../../api/queries";
import { SearchField } from "../../components/field";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { Segmented } from "../../components/segmented";
import { count, counted } from "../../format";
import styles from "../../images/images.module.css";
import { StepPicture } from "../../images/step-picture";
import { StepSlider } from "../../images/step-slider";
import { imageAt, placeOf, type Series, stepsOf } from "../../images/steps";
import { matches } from "../../shell/matching";
import { formatImages, type ImagesState, parseImages, SIZES, type Size } from "../../url/images-state";
import { useAddressState } from "../../url/use-address-state";
import { addressOf } from "./artifact-tree";
import type { RunTabProps } from "./run-page";

const SIZE_NAMES: Readonly<Record<Size, string>> = { small: "Small", medium: "Medium", large: "Large" };
const MOST_FILES = 200; // that are shown at once

export default function Images({ run }: RunTabProps) {
  const runId = run.info.run_id;
  const { data, error } = useImages(runId);
  const [state, change] = useImagesState();
  const series = useMemo(() => (data?.series ?? []).filter(({ key }) => matches(key, state.find)), [data, state.find]);
  const steps = useMemo(() => stepsOf(data?.series ?? []), [data]);
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading what="images" />;
  const files = data.files.filter((path) => matches(path, state.find));
  if (data.series.length + data.files.length === 0) return <NoImages />;
  const step = steps[placeOf(steps, state.step)] ?? 0;
  return (
    <>
      <div className={styles.bar}>
        <SearchField className={styles.find} label="Find an image" placeholder="Find an image" value={state.find} onText={(find) => change({ find })} />
        {steps.length > 0 && <StepSlider steps={steps} step={state.step} onStep={(wanted) => change({ step: wanted })} />}
        <Segmented label="Size" value={state.size} options={SIZES.map((size) => [size, SIZE_NAMES[size]] as const)} onValue={(size) => change({ size })} />
      </div>
      {!data.complete && <p className={styles.note}>This run has more images than are listed here; Artifacts has all of them.</p>}
      {series.length + files.length === 0 && <Empty>{`No image is called “${state.find}”.`}</Empty>}
      <div className={styles.grid} data-size={state.size}>
        {series.map((one) => <KeyCard key={one.key} series={one} runId={runId} step={step} whole={state.size === "large"} />)}
      </div>
      {files.length > 0 && <Files runId={runId} files={files} size={state.size} />}
    </>
  );
}

interface KeyCardProps {
  readonly series: Series;
  readonly runId: string;
  readonly step: number;
  readonly whole: boolean;
}

function KeyCard({ series, runId, step, whole }: KeyCardProps) {
  const image = imageAt(series.images, step);
  return (
    <figure className={styles.card}>
      <figcaption title={series.key}>{series.key}</figcaption>
      <StepPicture runId={runId} name={series.key} image={image} step={step} whole={whole} href={addressOf(runId, image?.path ?? "")} />
    </figure>
  );
}

function Files({ runId, files, size }: { readonly runId: string; readonly files: readonly string[]; readonly size: Size }) {
  const rest = files.length - MOST_FILES;
  return (
    <section className={styles.files} aria-label="Images without a step">
      <h2>Images without a step <small>{count(files.length)}</small></h2>
      <div className={styles.grid} data-size={size}>
        {files.slice(0, MOST_FILES).map((path) => (
          <figure key={path} className={styles.card}>
            <figcaption title={path}>{path}</figcaption>
            <Link href={addressOf(runId, path)} className={styles.picture}>
              <img src={pictureAddress({ run_id: runId }, path)} alt={path} loading="lazy" />
            </Link>
          </figure>
        ))}
      </div>
      {rest > 0 && <p className={styles.note}>{`${counted(rest, "image")} more; find them by name, or under Artifacts.`}</p>}
    </section>
  );
}

const NoImages = () => (
  <Empty>
    <p>This run has no images.</p>
    <p><code>ry.log_image(picture, key="val/masks", step=step)</code> adds one to a series that a slider goes through.</p>
  </Empty>
);

function useImagesState(): readonly [ImagesState, (change: Partial<ImagesState>) => void] {
  const [state, change] = useAddressState(parseImages, formatImages);
  return [state, (wanted) => change(wanted, { replace: true })]; // a slider is no place to come back to
}
