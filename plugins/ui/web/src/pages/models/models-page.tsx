/** All registered models, with their latest versions and aliases. */
import { useDeferredValue, useRef } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { SERVER } from "../../base";
import { type Model, MOST } from "../../api/registry";
import { SearchField } from "../../components/field";
import { Empty, ErrorNote, Loading, Snippet } from "../../components/notes";
import stacked from "../../components/stacked.module.css";
import { ago, count, counted, exactly } from "../../format";
import { useCrumbs } from "../../shell/crumbs";
import { useKeys } from "../../shell/keys";
import { formatQuery, withQuery } from "../../url/codec";
import { Alias, Stage } from "./chips";
import styles from "./models.module.css";
import { modelAddress, useFreshModels, useModels, versionAddress } from "./use-models";

const CODE = `import runyard as ry            # or: import mlflow as ry

ry.set_tracking_uri("${SERVER}")
with ry.start_run():
    ry.sklearn.log_model(model, name="model", registered_model_name="my-model")
ry.Client().set_registered_model_alias("my-model", "champion", "1")`;

export default function ModelsPage() {
  useCrumbs([{ name: "Models" }]);
  useFreshModels();
  const search = new URLSearchParams(useSearch()).get("q") ?? "";
  const { data, error } = useModels(useDeferredValue(search).trim());
  const [, navigate] = useLocation();
  const field = useRef<HTMLInputElement>(null);
  useKeys("Models", [{ keys: "/", what: "Search", act: () => field.current?.focus() }]);
  const sum = data && (data.more ? `the first ${count(MOST)} models` : counted(data.models.length, "model"));
  return (
    <div className={styles.list}>
      <header className={styles.top}>
        <h1>Models</h1>
        <p className={styles.muted} aria-live="polite">{sum}</p>
        <SearchField
          ref={field}
          className={styles.search}
          label="Search models"
          placeholder="Search by name"
          hint="/"
          value={search}
          onText={(text) => navigate(withQuery("/models", formatQuery({ q: text })), { replace: true })}
        />
      </header>
      {error && <ErrorNote error={error} />}
      {!data && !error && <Loading what="models" />}
      {data && data.models.length > 0 && <ModelTable models={data.models} />}
      {data?.models.length === 0 && (search ? <Empty>No model is called “{search}”.</Empty> : <FirstModel />)}
    </div>
  );
}

const ModelTable = ({ models }: { readonly models: readonly Model[] }) => (
  <div className={styles.frame} tabIndex={0} role="region" aria-label="Registered models">
    <table className={`${styles.table} ${styles.names} ${stacked.stacked}`}>
      <thead><tr><th scope="col">Name</th><th scope="col">Latest version</th><th scope="col">Aliases</th><th scope="col">Last change</th></tr></thead>
      <tbody>{models.map((model) => <Row key={model.name} model={model} />)}</tbody>
    </table>
  </div>
);

function Row({ model }: { readonly model: Model }) {
  const latest = [...model.latest].sort((a, b) => b.version - a.version)[0];
  return (
    <tr>
      <th scope="row"><Link href={modelAddress(model.name)}>{model.name}</Link></th>
      <td data-at="line">
        {latest ? (
          <span className={styles.chips}>
            <Link href={versionAddress(model.name, latest.version)}>{`v${latest.version}`}</Link>
            <Stage stage={latest.stage} />
          </span>
        ) : (
          <span className={styles.muted}>no version yet</span>
        )}
      </td>
      <td data-at="line">
        {model.aliases.length > 0 && (
          <span className={styles.chips}>
            {model.aliases.map(({ alias, version }) => (
              <Link key={alias} href={versionAddress(model.name, version)}><Alias name={alias}>{`v${version}`}</Alias></Link>
            ))}
          </span>
        )}
      </td>
      <td data-at="side" className={styles.muted} title={exactly(model.updated)}>{ago(model.updated)}</td>
    </tr>
  );
}

const FirstModel = () => (
  <section className={styles.box}>
    <h2>Register a first model</h2>
    <p>A registered model has versions, each with the run that it came from, and aliases that say which of them is in use:</p>
    <Snippet code={CODE} />
  </section>
);
