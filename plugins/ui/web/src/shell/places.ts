/** The places of the rail and the palette. A page that is reached from anywhere is added here and in `app.tsx`. */
import type { IconName } from "../components/icon";

export interface Place {
  readonly path: string;
  readonly name: string;
  readonly icon: IconName;
  readonly keys: string;
  readonly isRare?: true; // left out of the rail of a phone
}

export const PLACES: readonly Place[] = [
  { path: "/", name: "Home", icon: "home", keys: "g h" },
  { path: "/experiments", name: "Experiments", icon: "experiments", keys: "g e" },
  { path: "/models", name: "Models", icon: "models", keys: "g m" },
  { path: "/approvals", name: "Approvals", icon: "approvals", keys: "g a" },
  { path: "/plugins", name: "Plugins", icon: "plugins", keys: "g l", isRare: true },
  { path: "/settings", name: "Settings", icon: "settings", keys: "g s" },
];
