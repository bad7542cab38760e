/** For addresses that no page has. */
import { useLocation } from "wouter";
import { useCrumbs } from "../shell/crumbs";
import { PLACES } from "../shell/places";
import { decoded } from "../url/codec";
import { Absent, type Onward } from "./absent/absent";

/** What is near is the page that an address begins with, where there is one. */
export default function MissingPage({ near }: { readonly near?: Onward }) {
  const [path] = useLocation();
  useCrumbs([{ name: "No such page" }]);
  const last = decoded(path.split("/").findLast(Boolean) ?? "");
  return (
    <Absent kind="page" asked={decoded(path)} why="The address may be cut off, or of a newer version of these pages." places={near ? [near, ...PLACES] : PLACES} look={last} />
  );
}
