/** Saved views of an experiment, or of several together: save what one sees, open what was saved, copy a link to either. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { ApiError } from "../../api/client";
import { createView, deleteView, isSame, keptState, readView, saveView, type SavedView, useOpenView, useViews } from "../../api/views";
import { SERVER } from "../../base";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, NameForm } from "../../components/form";
import { ErrorNote } from "../../components/notes";
import { Popover } from "../../components/popover";
import { say } from "../../components/toast";
import { useSaving } from "../../components/use-saving";
import { ago, counted } from "../../format";
import type { Change } from "../../url/use-workspace";
import { workspaceAddress, type WorkspaceState } from "../../url/workspace-state";
import styles from "./views.module.css";

interface ViewsMenuProps {
  readonly experimentIds: readonly string[];
  readonly state: WorkspaceState;
  readonly change: Change;
}

interface ShownProps {
  readonly shown: boolean;
  readonly onShown: (shown: boolean) => void;
}

export function ViewsMenu({ experimentIds, state, change, shown, onShown }: ViewsMenuProps & ShownProps) {
  const open = useOpenView(state.view);
  const view = state.view === null ? undefined : open.data;
  const changed = view !== undefined && !isSame(view, state);
  return (
    <Popover label="Saved views (v)" open={shown} onOpen={onShown} icon="views" text={<span className={styles.text}>{view ? `${view.name}${changed ? " *" : ""}` : "Views"}</span>}>
      {(close) => <Menu {...{ experimentIds, state, change, view, changed, close }} />}
    </Popover>
  );
}

interface MenuProps extends ViewsMenuProps {
  readonly view: SavedView | undefined; // the one that is open
  readonly changed: boolean;
  readonly close: () => void;
}

function Menu({ experimentIds, state, change, view, changed, close }: MenuProps) {
  const client = useQueryClient();
  const views = useViews(experimentIds);
  const [, navigate] = useLocation();
  const [form, setForm] = useState<"new" | "rename" | "delete" | null>(null);
  const saving = useSaving();
  const [theirs, setTheirs] = useState<SavedView | null>(null); // saved by somebody else since this was opened

  const body = (name: string) => ({ name, experiment_ids: [...experimentIds], state: keptState(state) });
  const attempt = async (act: () => Promise<void>) => {
    try {
      await act();
      await client.invalidateQueries({ queryKey: ["views", "of"] });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409 && view)) throw error;
      setTheirs(await readView(view.view_id));
    }
  };
  const known = (saved: SavedView) => {
    client.setQueryData(["views", saved.view_id], saved);
    setTheirs(null);
    setForm(null);
    return saved;
  };
  const create = (name: string) => attempt(async () => {
    change({ view: known(await createView(body(name))).view_id }, { replace: true });
    say({ text: `“${name}” is saved; its link opens this picture.` });
  });
  const save = (revision: number) => saving.save(() => attempt(async () => {
    if (!view) return;
    known(await saveView(view.view_id, { ...body(view.name), revision }));
    say({ text: `“${view.name}” is saved as it looks now.` });
  }));
  /** The name alone changes: the picture stays as it was saved. */
  const rename = (name: string) => attempt(async () => {
    if (view) known(await saveView(view.view_id, { name, experiment_ids: view.experiment_ids, state: view.state, revision: view.revision }));
  });
  const remove = async () => {
    if (!view) return;
    await deleteView(view.view_id);
    change({ view: null }, { replace: true });
    await client.invalidateQueries({ queryKey: ["views", "of"] });
    say({ text: `“${view.name}” is deleted.`, undo: async () => change({ view: known(await createView({ name: view.name, experiment_ids: view.experiment_ids, state: view.state })).view_id }) });
  };
  const copy = async (address: string, what: string) => {
    await navigator.clipboard.writeText(SERVER + address);
    say({ text: `The link to ${what} is copied.` });
    close();
  };
  return (
    <div className={styles.menu}>
      {view && (
        <section aria-label="The view that is open" className={styles.open}>
          <h3>{view.name} <small>{changed ? "changed since it was saved" : "as it was saved"}</small></h3>
          {theirs ? (
            <div role="alert" className={styles.conflict}>
              <p>{`“${theirs.name}” was saved ${ago(theirs.last_update_time)}${theirs.user_id ? ` by ${theirs.user_id}` : ""}, after you had opened it.`}</p>
              <Button small onClick={() => navigate(`/views/${theirs.view_id}`)}>Show theirs</Button>
              <Button small onClick={() => setForm("new")}>Save mine as new</Button>
              <Button small onClick={() => save(theirs.revision)}>Replace theirs</Button>
            </div>
          ) : (
            <div className={styles.acts}>
              <Button small look={changed ? "primary" : "plain"} disabled={!changed} onClick={() => save(view.revision)}>Save</Button>
              <Button small onClick={() => setForm("rename")}>Rename</Button>
              <Button small onClick={() => setForm("delete")}>Delete</Button>
              <Button small icon="link" onClick={() => copy(`/views/${view.view_id}`, `“${view.name}”`)}>Copy link</Button>
            </div>
          )}
        </section>
      )}
      {form === "rename" && view && <NameForm label="New name" start={view.name} action="Rename" onName={rename} onDone={() => setForm(null)} />}
      {form === "new" || !view ? (
        <NameForm label="Name of a new view" action="Save view" onName={create} onDone={close} />
      ) : (
        <Button small onClick={() => setForm("new")}>Save as new view…</Button>
      )}
      {saving.error && <ErrorNote error={saving.error} />}
      {views.error && <ErrorNote error={views.error} />}
      {views.data && views.data.length > 0 && (
        <ul className={styles.list} aria-label={experimentIds.length > 1 ? "Views of these experiments" : "Views of this experiment"}>
          {views.data.map((one) => (
            <li key={one.view_id}>
              <Link href={`/views/${one.view_id}`} aria-current={one.view_id === view?.view_id ? "true" : undefined} onClick={close}>
                <span>{one.name}</span>
                <small>{[over(one, experimentIds), one.user_id, ago(one.last_update_time)].filter(Boolean).join(", ")}</small>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {views.data?.length === 0 && <p className={styles.none}>A view keeps the filter, the columns, the charts and all else that you see, for everybody who may see these runs.</p>}
      <footer className={styles.foot}>
        <Button small icon="link" onClick={() => copy(workspaceAddress(experimentIds, { ...state, view: null }), "what you see")}>Copy link to what you see</Button>
      </footer>
      <Dialog label="Delete the view" open={form === "delete" && view !== undefined} onClose={() => setForm(null)}>
        <Form action="Delete" danger onSubmit={remove} onDone={() => setForm(null)}>
          <p>{`Links to “${view?.name}” will lead nowhere. Its runs stay as they are.`}</p>
        </Form>
      </Dialog>
    </div>
  );
}

/** What is said of a view that is over more experiments than these. */
const over = ({ experiment_ids }: SavedView, experimentIds: readonly string[]): string =>
  experiment_ids.length > experimentIds.length ? `over ${counted(experiment_ids.length, "experiment")}` : "";
