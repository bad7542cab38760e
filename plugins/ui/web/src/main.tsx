/** Where the pages begin. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./theme/tokens.css";
import "./theme/base.css";
import { App } from "./app";
import { BASE } from "./base";
import { startSafeMode } from "./panels/safe-mode";
import { startKeys } from "./shell/keys";
import { startMotion } from "./theme/motion";
import { startTheme } from "./theme/theme";
import { legacyRoute } from "./url/legacy";

const route = legacyRoute(location.hash);
if (route !== null) history.replaceState(null, "", BASE + route);
addEventListener("hashchange", () => {
  const to = legacyRoute(location.hash);
  if (to !== null) location.replace(BASE + to);
});
startTheme();
startMotion();
startSafeMode(location.search);
startKeys();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
