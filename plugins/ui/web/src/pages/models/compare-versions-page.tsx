/** Versions of a model beside each other: what differs between them, measured against the champion or another of them. */
import { lazy, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import type { Model, Version } from "../../api/registry";
import { Button, IconButton } from "../../components/button";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { count } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import { parseVersions, type VersionsState, versionsAddress, withBase } from "../../url/versions-state";
import styles from "../compare/compare.module.css";
import type { Group } from "../compare/diff-table";
import { Alias, Decided, Stage } from "./chips";
import { groupsOf } from "./compare-groups";
import own from "./models.module.css";
import { type Comparison, useComparison } from "./use-comparison";
import { championOf, modelAddress, useFreshModels, useModel, useVersions, versionAddress } from "./use-models";

const NoModel = lazy(() => import("../absent/no-model"));

const MOST = 20;

export default function CompareVersionsPage({ name }: { readonly name: string }) {
  useFreshModels();
  const model = useModel(name);
  const versions = useVersions(name);
  const error = model.error ?? versions.error;
  if (error) return <NoModel name={name} error={error} />;
  if (!model.data || !versions.data) return <Loading what="the versions" />;
  return <Versions model={model.data} all={versions.data} />;
}

function Versions({ model, all }: { readonly model: Model; readonly all: readonly Version[] }) {
  const asked = parseVersions(useSearch(), championOf(model));
  const known = new Map(all.map((one) => [one.version, one]));
  const state = { ...asked, versions: asked.versions.filter((number) => known.has(number)).slice(0, MOST) };
  const unknown = asked.versions.filter((number) => !known.has(number));
  const shown = state.versions.flatMap((number) => known.get(number) ?? []);
  useCrumbs([{ name: "Models", path: "/models" }, { name: model.name, path: modelAddress(model.name) }, { name: "Compare" }]);
  const gone = unknown.length > 0 && <ErrorNote error={new Error(`There is no version ${unknown.join(", ")} of this model.`)} />;
  if (shown.length < 2) return <TooFew model={model} gone={gone} />;
  return <Table model={model} state={state} versions={shown} gone={gone} />;
}

interface TableProps {
  readonly model: Model;
  readonly state: VersionsState;
  readonly versions: readonly Version[];
  readonly gone: React.ReactNode;
}

function Table({ model, state, versions, gone }: TableProps) {
  const [, navigate] = useLocation();
  const change = (wanted: Partial<VersionsState>) => navigate(versionsAddress(model.name, { ...state, ...wanted }));
  const toggle = () => change({ everything: !state.everything });
  useKeys("Compare", [{ keys: "d", what: "Only what differs, or all", act: toggle }]);
  const found = useComparison(versions, state.everything);
  const groups = groupsOf(versions, found, state.everything).filter((group) => group.lines.length > 0);
  return (
    <div className={styles.page}>
      <header className={`${styles.head} ${own.apart}`}>
        <h1>{`Compare versions of ${model.name}`}</h1>
        <Button small aria-pressed={!state.everything} title="Hide what is the same in all versions (d)" onClick={toggle}>Only differences</Button>
      </header>
      {gone}
      {found.error && <ErrorNote error={found.error} />}
      <div className={styles.content} aria-busy={found.isLoading}>
        <Notes found={found} versions={versions} />
        <div className={styles.scroller} tabIndex={0} role="region" aria-label="Comparison of versions">
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col" className={styles.corner}><span className="visually-hidden">What</span></th>
                {versions.map((version, at) => <VersionHead key={version.version} version={version} isBase={at === 0} state={state} change={change} />)}
              </tr>
            </thead>
            {groups.map((group) => <Lines key={group.title} group={group} columns={versions.length + 1} />)}
          </table>
          {groups.length === 0 && !found.isLoading && <Empty>No difference between these versions is known.</Empty>}
        </div>
      </div>
    </div>
  );
}

/** What could not be compared, which must not look like what is the same. */
function Notes({ found, versions }: { readonly found: Comparison; readonly versions: readonly Version[] }) {
  const runs = versions.flatMap((one) => one.runId ?? []);
  const notes = new Set(runs).size === 1 && runs.length > 1 ? ["These versions come from the same run.", ...found.notes] : found.notes;
  if (notes.length === 0) return null;
  return <ul className={styles.warnings} aria-label="Not compared">{notes.map((note) => <li key={note}>{note}</li>)}</ul>;
}

interface VersionHeadProps {
  readonly version: Version;
  readonly isBase: boolean;
  readonly state: VersionsState;
  readonly change: (wanted: Partial<VersionsState>) => void;
}

function VersionHead({ version, isBase, state, change }: VersionHeadProps) {
  const number = version.version;
  const name = `v${number}`;
  return (
    <th scope="col">
      <div className={styles.run}>
        <Link href={versionAddress(version.name, number)}>{name}</Link>
        {version.aliases.map((alias) => <Alias key={alias} name={alias} />)}
        <Stage stage={version.stage} />
        <Decided version={version} />
        <IconButton small icon="close" label={`Leave ${name} out`} onClick={() => change({ versions: state.versions.filter((one) => one !== number) })} />
      </div>
      <div className={styles.about}>
        {isBase ? (
          <span className={styles.badge}>base</span>
        ) : (
          <Button small look="quiet" aria-label={`Measure against ${name}`} onClick={() => change({ versions: withBase(state.versions, number) })}>Make base</Button>
        )}
      </div>
    </th>
  );
}

const FEW = 100;

function Lines({ group, columns }: { readonly group: Group; readonly columns: number }) {
  const [most, setMost] = useState(FEW);
  const rest = group.lines.length - most;
  return (
    <tbody>
      <tr className={styles.group}><th scope="rowgroup" colSpan={columns}><span>{group.title}</span></th></tr>
      {group.lines.slice(0, most).map((line) => (
        <tr key={line.key}>
          <th scope="row" title={line.key}>{line.name}</th>
          {line.cells.map((cell, at) => <td key={at}>{cell}</td>)}
        </tr>
      ))}
      {rest > 0 && <tr><th scope="row" colSpan={columns}><Button small onClick={() => setMost(most * 4)}>{`${count(rest)} more rows`}</Button></th></tr>}
    </tbody>
  );
}

const TooFew = ({ model, gone }: { readonly model: Model; readonly gone: React.ReactNode }) => (
  <div className={styles.alone}>
    {gone}
    <section className={styles.teach}>
      <h1>Compare versions</h1>
      <p>A comparison takes at least two versions.</p>
      <ol>
        <li>Open the model, and select versions by their boxes.</li>
        <li>Press <kbd>c</kbd>, or the button <b>Compare</b> above the table.</li>
      </ol>
      <p><Link href={modelAddress(model.name)}>Choose versions of {model.name}</Link></p>
    </section>
  </div>
);
