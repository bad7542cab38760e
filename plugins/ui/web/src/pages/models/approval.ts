/** Decisions about versions: a tag that everybody can read and write, whose changes the history keeps. */
import type { Version } from "../../api/registry";

export const APPROVAL = "runyard.approval";

export const DECISIONS = ["requested", "approved", "rejected"] as const;
export type Decision = (typeof DECISIONS)[number];

export interface Approval {
  readonly decision: Decision;
  readonly comment: string;
}

/** Such as `approved: as good as the champion, and half as large`; null where a text is no decision. */
export function approvalIn(text: string | null | undefined): Approval | null {
  const [, decision = "", comment = ""] = /^\s*(requested|approved|rejected)\s*(?::([^]*))?$/i.exec(text ?? "") ?? [];
  return decision ? { decision: decision.toLowerCase() as Decision, comment: comment.trim() } : null;
}

export const approvalText = (decision: Decision, comment: string): string => (comment.trim() ? `${decision}: ${comment.trim()}` : decision);

export const approvalOf = (version: Pick<Version, "tags">): Approval | null => approvalIn(version.tags.find(([key]) => key === APPROVAL)?.[1]);
