/** The image of a run at a step, and what is to be said where it has none. */
import { Link } from "wouter";
import { pictureAddress } from "../api/files";
import { count } from "../format";
import styles from "./images.module.css";
import type { StepImage } from "./steps";

interface StepPictureProps {
  readonly runId: string;
  readonly name: string; // what it shows
  readonly image: StepImage | null;
  readonly step: number; // that is wanted
  readonly whole: boolean; // not the small one
  readonly href: string; // where the file is
}

export function StepPicture({ runId, name, image, step, whole, href }: StepPictureProps) {
  if (image === null) return <div className={styles.empty}>{`none up to step ${count(step)}`}</div>;
  const path = whole ? image.path : (image.preview ?? image.path);
  return (
    <>
      <Link href={href} className={styles.picture} title={`Open ${image.path}`}>
        <img src={pictureAddress({ run_id: runId }, path)} alt={`${name}, step ${count(image.step)}`} loading="lazy" />
      </Link>
      <small className={styles.step} data-older={image.step !== step}>{`step ${count(image.step)}${image.step === step ? "" : ", the last before"}`}</small>
    </>
  );
}
