/** Whether a version is approved: what speaks for it, who decided what, and the decision. */
import { type ReactNode, useState } from "react";
import type { Schemas } from "../../api/client";
import type { Version } from "../../api/registry";
import { tagVersion } from "../../api/registry-changes";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, TextArea } from "../../components/form";
import { Icon } from "../../components/icon";
import { ago, exactly } from "../../format";
import { APPROVAL, approvalIn, approvalOf, approvalText, type Decision } from "./approval";
import styles from "./approvals.module.css";
import { type Check, isValidated, passedOf } from "./checks";
import page from "./models.module.css";
import { useSaved } from "./use-models";

type Event = Schemas["RegistryEvent"];

interface ApprovalBoxProps {
  readonly version: Version;
  readonly checks: readonly Check[];
  readonly events: readonly Event[];
}

export function ApprovalBox({ version, checks, events }: ApprovalBoxProps) {
  return (
    <section className={page.box} aria-label="Approval">
      <h2>Approval <small>{passedOf(checks)} pass</small></h2>
      <Checklist checks={checks} />
      <Trail events={events} />
      <Decide version={version} checks={checks} />
    </section>
  );
}

const MARKS = { true: ["check", "passes"], false: ["close", "does not pass"], null: ["help", "not known"] } as const;

const Checklist = ({ checks }: { readonly checks: readonly Check[] }) => (
  <ul className={styles.checks} aria-label="Checks">
    {checks.map(({ name, passed, why }) => {
      const [icon, words] = MARKS[`${passed}`];
      return (
        <li key={name} data-passed={passed}>
          <Icon name={icon} size={14} />
          <span>{name}<span className="visually-hidden">{`: ${words}`}</span></span>
          <small>{why}</small>
        </li>
      );
    })}
  </ul>
);

const DID = { requested: "asked for approval", approved: "approved it", rejected: "rejected it" } as const;

/** Who decided what when, the newest first. */
function Trail({ events }: { readonly events: readonly Event[] }) {
  const decisions = events.filter((event) => event.change === "tag" && event.subject === APPROVAL).reverse();
  if (decisions.length === 0) return null;
  return (
    <ol className={styles.trail} aria-label="Decisions">
      {decisions.map((event, at) => {
        const approval = approvalIn(event.new);
        const did = approval ? DID[approval.decision] : event.new === null ? "took the decision back" : `wrote “${event.new}”`;
        return (
          <li key={at} data-decision={approval?.decision}>
            <span><b>{event.user_id ?? "Somebody without a name"}</b> {did}{approval?.comment && <q>{approval.comment}</q>}</span>
            <small title={exactly(event.timestamp)}>{ago(event.timestamp)}</small>
          </li>
        );
      })}
    </ol>
  );
}

interface DecideProps {
  readonly version: Version;
  readonly checks: readonly Check[];
}

const ACTIONS = { requested: "Ask for approval", approved: "Approve", rejected: "Reject" } as const;

/** The buttons that decide, each with a comment. */
export function Decide({ version, checks }: DecideProps) {
  const [asked, setAsked] = useState<Decision | "withdrawn" | null>(null);
  const close = () => setAsked(null);
  const now = approvalOf(version)?.decision;
  const button = (decision: Decision, look: "primary" | "plain"): ReactNode =>
    decision !== now && <Button small look={look} onClick={() => setAsked(decision)}>{`${ACTIONS[decision]}…`}</Button>;
  return (
    <div className={styles.decide}>
      {button("approved", now === "requested" ? "primary" : "plain")}
      {button("rejected", "plain")}
      {!now && button("requested", "plain")}
      {now && <Button small look="quiet" onClick={() => setAsked("withdrawn")}>{now === "requested" ? "Withdraw…" : "Take back…"}</Button>}
      <Dialog label={`${asked === "withdrawn" || asked === null ? "Take back the decision on" : ACTIONS[asked]} ${version.name} v${version.version}`} open={asked !== null} onClose={close}>
        {asked === "withdrawn" ? <Withdrawal version={version} onDone={close} /> : asked && <Comment version={version} checks={checks} decision={asked} onDone={close} />}
      </Dialog>
    </div>
  );
}

interface CommentProps extends DecideProps {
  readonly decision: Decision;
  readonly onDone: () => void;
}

function Comment({ version, checks, decision, onDone }: CommentProps) {
  const [comment, setComment] = useState("");
  const saved = useSaved();
  const needsReason = decision === "rejected";
  return (
    <Form
      action={ACTIONS[decision]}
      ready={!needsReason || comment.trim() !== ""}
      onSubmit={() => saved(tagVersion(version, APPROVAL, approvalText(decision, comment)))}
      onDone={onDone}
    >
      {decision === "approved" && !isValidated(checks) && <p className={styles.warning}>{`Only ${passedOf(checks)} pass.`}</p>}
      <TextArea autoFocus label={needsReason ? "Why, and what would have to change" : "Comment, if there is something to say"} value={comment} onText={setComment} />
    </Form>
  );
}

function Withdrawal({ version, onDone }: Pick<CommentProps, "version" | "onDone">) {
  const saved = useSaved();
  return (
    <Form action="Take it back" onSubmit={() => saved(tagVersion(version, APPROVAL, null))} onDone={onDone}>
      <p>The version will have no decision. What was decided before stays in the history.</p>
    </Form>
  );
}
