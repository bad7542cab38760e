/** Versions of all models that wait for a decision, or were decided. */
import { Link, useLocation, useSearch } from "wouter";
import { useHistory } from "../../api/queries";
import { MOST_DECIDED, type Version } from "../../api/registry";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { Segmented } from "../../components/segmented";
import { ago, count, exactly } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { versionsAddress } from "../../url/versions-state";
import { APPROVAL, approvalIn, approvalOf, type Decision, DECISIONS } from "./approval";
import { Decide } from "./approval-box";
import styles from "./approvals.module.css";
import { passedOf } from "./checks";
import { Alias, Stage } from "./chips";
import page from "./models.module.css";
import { useChecks } from "./use-checks";
import { championOf, useDecided, useFreshModels, useModel, versionAddress } from "./use-models";

const NAMES = { requested: "Waiting", approved: "Approved", rejected: "Rejected" } as const;

export default function ApprovalsPage() {
  useCrumbs([{ name: "Approvals" }]);
  useFreshModels();
  const [, navigate] = useLocation();
  const given = new URLSearchParams(useSearch()).get("show");
  const shown: Decision = DECISIONS.find((one) => one === given) ?? "requested";
  const { data, error } = useDecided(shown);
  const versions = (data ?? []).filter((one) => approvalOf(one)?.decision === shown);
  return (
    <div className={page.page}>
      <header className={page.top}>
        <h1>Approvals</h1>
        <p className={page.muted} aria-live="polite">{data && `${data.length === MOST_DECIDED ? "the first " : ""}${count(versions.length)} ${NAMES[shown].toLowerCase()}`}</p>
        <div className={page.actions}>
          <Segmented
            label="Which versions"
            value={shown}
            options={DECISIONS.map((one) => [one, NAMES[one]] as const)}
            onValue={(one) => navigate(one === "requested" ? "/approvals" : `/approvals?show=${one}`)}
          />
        </div>
      </header>
      {error && <ErrorNote error={error} />}
      {!data && !error && <Loading what="versions" />}
      {versions.length > 0 && <VersionTable versions={versions} shown={shown} />}
      {data && versions.length === 0 && <Nothing shown={shown} />}
    </div>
  );
}

function Nothing({ shown }: { readonly shown: Decision }) {
  if (shown !== "requested") return <Empty>No version is {shown}.</Empty>;
  return (
    <Empty>
      <p>No version waits for a decision.</p>
      <p>The page of a version asks for one, and so does its tag <code>{`${APPROVAL}: requested`}</code>.</p>
    </Empty>
  );
}

const VersionTable = ({ versions, shown }: { readonly versions: readonly Version[]; readonly shown: Decision }) => (
  <div className={page.frame} tabIndex={0} role="region" aria-label="Versions">
    <table className={`${page.table} ${styles.list}`}>
      <thead>
        <tr><th scope="col">Version</th><th scope="col">{shown === "requested" ? "Asked" : "Decided"}</th><th scope="col">Checks</th><th scope="col">Champion</th><th scope="col">Decide</th></tr>
      </thead>
      <tbody>{versions.map((version) => <Row key={`${version.name} ${version.version}`} version={version} />)}</tbody>
    </table>
  </div>
);

function Row({ version }: { readonly version: Version }) {
  const checks = useChecks(version);
  const { data: model } = useModel(version.name);
  const champion = model && championOf(model);
  return (
    <tr>
      <th scope="row">
        <span className={page.chips}>
          <Link href={versionAddress(version.name, version.version)}>{`${version.name} v${version.version}`}</Link>
          {version.aliases.map((alias) => <Alias key={alias} name={alias} />)}
          <Stage stage={version.stage} />
        </span>
      </th>
      <td><Asked version={version} /></td>
      <td title={checks.map(({ name, why }) => `${name}: ${why}`).join("\n")}>{passedOf(checks)}</td>
      <td>
        {champion === undefined || champion === version.version ? (
          <span className={page.muted}>{champion === undefined ? "none" : "this version"}</span>
        ) : (
          <Link href={versionsAddress(version.name, { versions: [champion, version.version], everything: false })}>{`compare with v${champion}`}</Link>
        )}
      </td>
      <td><Decide version={version} checks={checks} /></td>
    </tr>
  );
}

/** Who wrote the tag as it is now, when, and with which comment. */
function Asked({ version }: { readonly version: Version }) {
  const { data } = useHistory(version.name, version.version);
  const event = data?.events.findLast((one) => one.change === "tag" && one.subject === APPROVAL);
  const comment = approvalOf(version)?.comment;
  return (
    <div className={styles.asked}>
      {comment && <span>{comment}</span>}
      {event && approvalIn(event.new) && <small className={page.muted} title={exactly(event.timestamp)}>{[event.user_id, ago(event.timestamp)].filter(Boolean).join(", ")}</small>}
    </div>
  );
}
