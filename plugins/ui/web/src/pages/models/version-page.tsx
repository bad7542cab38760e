/** One version of a model: where it comes from, what it takes and gives, its files, its lineage. */
import { type ComponentType, lazy, Suspense } from "react";
import { useLocation } from "wouter";
import type { Version } from "../../api/registry";
import { CopyButton, Loading } from "../../components/notes";
import { PageTabs } from "../../components/segmented";
import { moment } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import MissingPage from "../missing-page";
import { Alias, Stage } from "./chips";
import styles from "./models.module.css";
import { modelAddress, useFreshModels, useVersion, versionAddress } from "./use-models";
import { VersionActions } from "./version-actions";
import { VersionOverview } from "./version-overview";

export interface VersionTabProps {
  readonly version: Version;
  readonly path: string; // what follows the tab in the address
}

interface VersionTab {
  readonly name: string;
  readonly title: string;
  readonly content: ComponentType<VersionTabProps>;
}

const TABS: readonly VersionTab[] = [
  { name: "overview", title: "Overview", content: VersionOverview },
  { name: "files", title: "Files", content: lazy(() => import("./version-files")) },
  { name: "lineage", title: "Lineage", content: lazy(() => import("./lineage")) },
];

const NoVersion = lazy(() => import("../absent/no-version"));

interface VersionPageProps {
  readonly name: string;
  readonly version: string;
  readonly tab: string;
  readonly path: string;
}

export default function VersionPage({ name, version: number, tab, path }: VersionPageProps) {
  useCrumbs([{ name: "Models", path: "/models" }, { name, path: modelAddress(name) }, { name: `v${number}` }]);
  useFreshModels();
  const { data: version, error } = useVersion(name, number);
  const [, navigate] = useLocation();
  useKeys("Version", TABS.map((one, at) => ({ keys: String(at + 1), what: one.title, act: () => navigate(versionAddress(name, number, one.name)) })));
  const found = TABS.find((one) => one.name === tab);
  if (error) return <NoVersion name={name} version={number} error={error} />;
  if (!found) return <MissingPage near={{ name: `${name} v${number}`, path: versionAddress(name, number) }} />;
  if (!version) return <Loading what="the version" />;
  return (
    <div className={styles.page} data-fills={tab === "files"}>
      <Head version={version} />
      <PageTabs
        label="Parts of the version"
        tabs={TABS.map((one) => [versionAddress(name, number, one.name), one.title])}
        current={versionAddress(name, number, tab)}
      />
      <Suspense fallback={<Loading what={found.title.toLowerCase()} />}>
        <found.content version={version} path={path} />
      </Suspense>
    </div>
  );
}

function Head({ version }: { readonly version: Version }) {
  const uri = `models:/${version.name}/${version.version}`;
  return (
    <header className={styles.head}>
      <h1>{`${version.name} v${version.version}`}</h1>
      <span className={styles.chips}>{version.aliases.map((alias) => <Alias key={alias} name={alias} />)}<Stage stage={version.stage} /></span>
      <VersionActions version={version} />
      <p className={styles.about}>
        <span>{`Registered ${moment(version.created)}${version.user ? ` by ${version.user}` : ""}`}</span>
        {version.status !== "READY" && <span>{version.status.toLowerCase().replaceAll("_", " ")}</span>}
        <span><code>{uri}</code><CopyButton text={uri} label="Copy the model's address" /></span>
      </p>
    </header>
  );
}
