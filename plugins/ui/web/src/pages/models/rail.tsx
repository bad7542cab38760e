/** How far a version has come: each step by itself, as nothing forces their order. */
import type { Version } from "../../api/registry";
import { moment } from "../../format";
import { Icon } from "../../components/icon";
import { approvalOf } from "./approval";
import { type Check, isValidated, passedOf } from "./checks";
import styles from "./approvals.module.css";
import { CHAMPION } from "./use-models";

type State = "done" | "open" | "bad";

interface Step {
  readonly name: string;
  readonly state: State;
  readonly note: string;
}

const WORDS = { done: "done", open: "not yet", bad: "refused" } as const;
const NOTES = { requested: "asked for", approved: "", rejected: "rejected" } as const;

export function stepsOf(version: Version, checks: readonly Check[]): readonly Step[] {
  const decision = approvalOf(version)?.decision;
  const isChampion = version.aliases.includes(CHAMPION);
  return [
    { name: "Registered", state: "done", note: moment(version.created) },
    { name: "Validated", state: isValidated(checks) ? "done" : "open", note: passedOf(checks) },
    { name: "Approved", state: decision === "approved" ? "done" : decision === "rejected" ? "bad" : "open", note: decision ? NOTES[decision] : "" },
    { name: "Champion", state: isChampion ? "done" : "open", note: isChampion ? `@${CHAMPION}` : "" },
    { name: "Archived", state: version.stage === "Archived" ? "done" : "open", note: "" },
  ];
}

export function Rail({ version, checks }: { readonly version: Version; readonly checks: readonly Check[] }) {
  return (
    <ol className={styles.rail} aria-label="How far this version has come">
      {stepsOf(version, checks).map(({ name, state, note }) => (
        <li key={name} className={styles.step} data-state={state}>
          <span className={styles.mark} aria-hidden="true">{state !== "open" && <Icon name={state === "done" ? "check" : "close"} size={12} />}</span>
          <b>{name}<span className="visually-hidden">{`: ${WORDS[state]}`}</span></b>
          <small>{note}</small>
        </li>
      ))}
    </ol>
  );
}
