/** A page that is a panel of a plugin. */
import { useCrumbs } from "../shell/crumbs";
import { usePanels } from "../api/panels";
import { Loading } from "../components/notes";
import MissingPage from "../pages/missing-page";
import styles from "./panels.module.css";
import { Panel } from "./slots";
import { useNavPanels } from "./use-panels";

export default function NavPage({ name }: { readonly name: string }) {
  const panel = useNavPanels().find((one) => one.name === name);
  const { isPending } = usePanels();
  useCrumbs([{ name: panel?.title ?? name }]);
  if (isPending) return <Loading what="the page" />;
  if (!panel) return <MissingPage />;
  return (
    <div className={styles.page}>
      <h1>{panel.title}</h1>
      <Panel panel={panel} ids={{}} />
    </div>
  );
}
