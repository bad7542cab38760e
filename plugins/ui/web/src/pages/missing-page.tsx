/** For addresses that no page has. */
import { Link, useLocation } from "wouter";
import { Empty } from "../components/notes";
import { useCrumbs } from "../shell/crumbs";

export function MissingPage() {
  const [path] = useLocation();
  useCrumbs([{ name: "No such page" }]);
  return (
    <Empty>
      <h1>There is no page here</h1>
      <p>
        Nothing is shown at <code>{path}</code>. All experiments are <Link href="/experiments">here</Link>.
      </p>
    </Empty>
  );
}
