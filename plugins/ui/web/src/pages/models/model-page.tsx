/** One registered model: what it is for, which version an alias meant when, and its versions. */
import { Suspense } from "react";
import { Markdown } from "../../components/markdown";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { useHistory } from "../../api/queries";
import { useCrumbs } from "../../shell/crumbs";
import { Events, Pairs } from "./facts";
import styles from "./models.module.css";
import { TimelineChart } from "./timeline-chart";
import { useFreshModels, useModel, useVersions } from "./use-models";
import { VersionsTable } from "./versions-table";

export default function ModelPage({ name }: { readonly name: string }) {
  useCrumbs([{ name: "Models", path: "/models" }, { name }]);
  useFreshModels();
  const { data: model, error } = useModel(name);
  const versions = useVersions(name);
  const history = useHistory(name);
  if (error) return <div className={styles.page}><ErrorNote error={error} /></div>;
  if (!model) return <Loading what="the model" />;
  const failed = versions.error ?? history.error;
  return (
    <div className={styles.page}>
      <header className={styles.head}><h1>{name}</h1></header>
      {failed && <ErrorNote error={failed} />}
      {model.description && (
        <section className={styles.box} aria-label="Description">
          <Suspense fallback={<p>{model.description}</p>}><Markdown text={model.description} /></Suspense>
        </section>
      )}
      {history.data && <TimelineChart name={name} events={history.data.events} />}
      {versions.data && versions.data.length > 0 && <VersionsTable model={model} versions={versions.data} />}
      {versions.data?.length === 0 && <Empty>No version is registered yet. <code>{`ry.register_model("runs:/…/model", "${name}")`}</code> adds one.</Empty>}
      <div className={styles.columns}>
        {model.tags.length > 0 && <Pairs title="Tags" pairs={model.tags} />}
        {history.data && <Events events={history.data.events} />}
      </div>
    </div>
  );
}
