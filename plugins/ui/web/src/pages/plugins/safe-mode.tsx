/** Says whether this tab loads panels, and changes it. */
import type { PanelInfo } from "../../api/panels";
import { Button } from "../../components/button";
import { counted } from "../../format";
import { isSafeMode, setSafeMode } from "../../panels/safe-mode";
import styles from "./plugins.module.css";

export function SafeMode({ panels }: { readonly panels: readonly PanelInfo[] }) {
  const safe = isSafeMode();
  if (!safe && panels.length === 0) return null;
  const change = () => {
    setSafeMode(!safe);
    const address = new URL(location.href);
    address.searchParams.delete("safe");
    location.replace(address); // what is loaded already goes only with the page
  };
  return (
    <div className={styles.note}>
      <p>
        {safe
          ? "Safe mode: this tab loads no panels of plugins."
          : `${counted(panels.length, "panel")} by plugins may run in these pages, with your rights on this server. If one gets in the way, leave them out in this tab.`}
      </p>
      <Button small onClick={change}>{safe ? "Load panels again" : "Safe mode"}</Button>
    </div>
  );
}
