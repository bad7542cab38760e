/** Aliases, stages and decisions in few letters. */
import type { Version } from "../../api/registry";
import { approvalOf } from "./approval";
import decided from "./approvals.module.css";
import styles from "./models.module.css";

export const Alias = ({ name, children }: { readonly name: string; readonly children?: string }) => (
  <span className={styles.alias}>@{name}{children && <small>{children}</small>}</span>
);

export const Stage = ({ stage }: { readonly stage: string }) =>
  stage === "None" ? null : <span className={styles.stage} data-stage={stage}>{stage}</span>;

const WORDS = { requested: "waiting", approved: "approved", rejected: "rejected" } as const;

const TITLES = { requested: "Waits for approval", approved: "Approved", rejected: "Rejected" } as const;

export function Decided({ version }: { readonly version: Version }) {
  const approval = approvalOf(version);
  if (!approval) return null;
  return <span className={decided.decision} data-decision={approval.decision} title={`${TITLES[approval.decision]}${approval.comment && `: ${approval.comment}`}`}>{WORDS[approval.decision]}</span>;
}
