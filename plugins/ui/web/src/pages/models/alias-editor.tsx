/** The aliases of a version: set, moved from another version, taken away. */
import { useId, useState } from "react";
import type { Model, Version } from "../../api/registry";
import { deleteAlias, setAlias } from "../../api/registry-changes";
import { IconButton } from "../../components/button";
import { Form, TextField } from "../../components/form";
import { Alias } from "./chips";
import styles from "./models.module.css";
import { approvalOf } from "./approval";
import { CHAMPION, useSaved } from "./use-models";

interface AliasEditorProps {
  readonly model: Model;
  readonly version: Version;
  readonly onDone: () => void;
}

export function AliasEditor({ model, version, onDone }: AliasEditorProps) {
  return (
    <div className={styles.steps}>
      {version.aliases.length > 0 && (
        <ul className={styles.events} aria-label="Aliases of this version">
          {version.aliases.map((alias) => <Own key={alias} name={version.name} alias={alias} />)}
        </ul>
      )}
      <Another model={model} version={version} onDone={onDone} />
    </div>
  );
}

function Own({ name, alias }: { readonly name: string; readonly alias: string }) {
  const [gone, setGone] = useState(false);
  const saved = useSaved();
  return (
    <li>
      <Alias name={alias} />
      {gone ? (
        <Form action="Take it away" danger onSubmit={() => saved(deleteAlias(name, alias))} onDone={() => setGone(false)}>
          <p>Whoever loads <code>{`models:/${name}@${alias}`}</code> will find nothing.</p>
        </Form>
      ) : (
        <IconButton small icon="close" label={`Take the alias ${alias} away`} onClick={() => setGone(true)} />
      )}
    </li>
  );
}

function Another({ model, version, onDone }: AliasEditorProps) {
  const [alias, setText] = useState("");
  const [moves, setMoves] = useState(false);
  const saved = useSaved();
  const known = useId();
  const asked = alias.trim().replace(/^@/, "");
  const elsewhere = model.aliases.find((one) => one.alias === asked && one.version !== version.version);
  return (
    <Form
      action={elsewhere ? "Move the alias" : "Set the alias"}
      ready={asked !== "" && !version.aliases.includes(asked) && (!elsewhere || moves)}
      onSubmit={() => saved(setAlias(version, asked))}
      onDone={onDone}
    >
      <TextField autoFocus label={`Let an alias point to v${version.version}`} placeholder="champion" list={known} value={alias} onText={(text) => (setText(text), setMoves(false))} />
      <datalist id={known}>{model.aliases.map((one) => <option key={one.alias} value={one.alias}>{`v${one.version}`}</option>)}</datalist>
      {asked === CHAMPION && approvalOf(version)?.decision !== "approved" && <p className={styles.muted}>{`v${version.version} is not approved.`}</p>}
      {elsewhere && (
        <label className={styles.tick}>
          <input type="checkbox" checked={moves} onChange={(event) => setMoves(event.target.checked)} />
          {`Move it from v${elsewhere.version}: whoever loads models:/${model.name}@${asked} gets v${version.version} from now on`}
        </label>
      )}
    </Form>
  );
}
