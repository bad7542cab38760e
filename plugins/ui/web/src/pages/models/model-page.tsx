/** One registered model: what it is for, which version an alias meant when, and its versions. */
import { lazy } from "react";
import { describeModel, tagModel } from "../../api/registry-changes";
import { EditableNote } from "../../components/editable-note";
import { Empty, ErrorNote, Loading } from "../../components/notes";
import { EditableTags } from "../../components/editable-tags";
import { useHistory } from "../../api/queries";
import { count } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { Events } from "./facts";
import { ModelActions } from "./model-actions";
import styles from "./models.module.css";
import { TimelineChart } from "./timeline-chart";
import { useFreshModels, useModel, useSaved, useVersions } from "./use-models";
import { VersionsTable } from "./versions-table";

const NoModel = lazy(() => import("../absent/no-model"));

export default function ModelPage({ name }: { readonly name: string }) {
  useCrumbs([{ name: "Models", path: "/models" }, { name }]);
  useFreshModels();
  const { data: model, error } = useModel(name);
  const versions = useVersions(name);
  const history = useHistory(name);
  const saved = useSaved();
  if (error) return <NoModel name={name} error={error} />;
  if (!model) return <Loading what="the model" />;
  const failed = versions.error ?? history.error;
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{name}</h1>
        <ModelActions model={model} versions={versions.data?.length ?? 0} />
      </header>
      {failed && <ErrorNote error={failed} />}
      <section className={styles.box} aria-label="Description">
        <h2>Description</h2>
        {!model.description && <p className={styles.muted}>Nobody has said yet what this model is for.</p>}
        <EditableNote label="Description" value={model.description} onSave={(text) => saved(describeModel(name, text))} />
      </section>
      {history.data && <TimelineChart name={name} events={history.data.events} />}
      {versions.data && versions.data.length > 0 && <VersionsTable model={model} versions={versions.data} />}
      {versions.data?.length === 0 && <Empty>No version is registered yet. <code>{`ry.register_model("runs:/…/model", "${name}")`}</code> adds one.</Empty>}
      <div className={styles.columns}>
        <section className={styles.box} aria-label="Tags">
          <h2>Tags <small>{count(model.tags.length)}</small></h2>
          <EditableTags tags={model.tags} onTag={(key, value) => saved(tagModel(name, key, value))} />
        </section>
        {history.data && <Events events={history.data.events} />}
      </div>
    </div>
  );
}
