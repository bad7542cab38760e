/** Runs beside each other: what differs between them, the baseline first. A further section is added in `CONTENTS`. */
import { type ComponentType } from "react";
import { useLocation, useSearch } from "wouter";
import { useDiff, useExperiment } from "../../api/queries";
import type { Schemas } from "../../api/client";
import { Button } from "../../components/button";
import { ErrorNote, Loading } from "../../components/notes";
import { PageTabs } from "../../components/segmented";
import { count, counted } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import { type CompareState, formatCompare, parseCompare, SECTIONS, type Section } from "../../url/compare-state";
import { ArtifactsSection, filesOf } from "./artifacts-section";
import { CodeSection } from "./code-section";
import styles from "./compare.module.css";
import { ImagesSection } from "./images-section";
import { MetricsSection } from "./metrics-section";
import { EnvironmentSection, ParamsSection, TagsSection } from "./text-sections";
import { TooFew } from "./too-few";

type Diff = Schemas["DiffAnswer"];
export type Change = (change: Partial<CompareState>) => void;

export interface SectionProps {
  readonly diff: Diff;
  readonly state: CompareState;
  readonly change: Change;
}

interface Content {
  readonly title: string;
  readonly rows: ((diff: Diff) => number) | null; // null: only known when it is shown
  readonly content: ComponentType<SectionProps>;
}

const CONTENTS: Readonly<Record<Section, Content>> = {
  params: { title: "Params", rows: (diff) => diff.params.length, content: ParamsSection },
  metrics: { title: "Metrics", rows: (diff) => diff.metrics.length, content: MetricsSection },
  env: { title: "Environment", rows: (diff) => diff.attributes.length + diff.environment.length + diff.packages.length, content: EnvironmentSection },
  code: { title: "Code", rows: (diff) => diff.git.length + diff.patch.length, content: CodeSection },
  artifacts: { title: "Artifacts", rows: (diff) => filesOf(diff).length, content: ArtifactsSection },
  images: { title: "Images", rows: null, content: ImagesSection },
  tags: { title: "Tags", rows: (diff) => diff.tags.length, content: TagsSection },
};

export default function ComparePage() {
  const state = parseCompare(useSearch());
  return state.runs.length < 2 ? <TooFew runs={state.runs} /> : <Comparison state={state} />;
}

const addressOf = (state: CompareState): string => `/compare?${formatCompare(state)}`;

function Comparison({ state }: { readonly state: CompareState }) {
  const { data: diff, error, isPlaceholderData: isOld } = useDiff(state.runs, state.everything);
  const experiments = new Set(diff?.runs.map((run) => run.experiment_id));
  const [experimentId = ""] = experiments.size === 1 ? experiments : [];
  const experiment = useExperiment(experimentId);
  useCrumbs([
    { name: "Experiments", path: "/experiments" },
    ...(experiment.data ? [{ name: experiment.data.name, path: `/experiments/${experimentId}` }] : []),
    { name: `Compare ${counted(state.runs.length, "run")}` },
  ]);
  const [, navigate] = useLocation();
  // A slider is no place to come back to.
  const change: Change = (wanted) => navigate(addressOf({ ...state, ...wanted }), { replace: "step" in wanted });
  const toggle = () => change({ everything: !state.everything });
  useKeys("Compare", [
    { keys: "d", what: "Only what differs, or all", act: toggle },
    ...SECTIONS.map((section, at) => ({ keys: String(at + 1), what: `Show ${CONTENTS[section].title.toLowerCase()}`, act: () => change({ section }) })),
  ]);
  const { content: Shown } = CONTENTS[state.section];
  const tabs = SECTIONS.map((section) => [
    addressOf({ ...state, section }),
    <>{CONTENTS[section].title} {diff && rowsText(section, diff)}</>,
  ] as const);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{`Compare ${counted(state.runs.length, "run")}`}</h1>
        <Button small aria-pressed={!state.everything} title="Hide what is the same in all runs (d)" onClick={toggle}>Only differences</Button>
      </header>
      <PageTabs label="What is compared" tabs={tabs} current={addressOf(state)} />
      {error && <ErrorNote error={error} />}
      {!diff && !error && <Loading what="what differs" />}
      {diff && (
        <div className={styles.content} aria-busy={isOld}>
          {diff.notes.length > 0 && <Notes notes={diff.notes} />}
          <Shown diff={diff} state={state} change={change} />
        </div>
      )}
    </div>
  );
}

function rowsText(section: Section, diff: Diff) {
  const rows = CONTENTS[section].rows?.(diff);
  return rows === undefined ? null : <small className={styles.count}>{count(rows)}</small>;
}

/** What could not be compared, which must not look like what is the same. */
const Notes = ({ notes }: { readonly notes: readonly string[] }) => (
  <ul className={styles.warnings} aria-label="Not compared">
    {notes.map((note) => <li key={note}>{note}</li>)}
  </ul>
);
