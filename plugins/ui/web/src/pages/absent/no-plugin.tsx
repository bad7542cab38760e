/** Where no plugin has the name of an address: those that are called much like it. */
import { usePlugins } from "../../api/installed";
import { matches } from "../../shell/matching";
import { Absent, Others } from "./absent";

export default function NoPlugin({ name, error }: { readonly name: string; readonly error?: Error }) {
  const { data: plugins = [] } = usePlugins();
  const like = plugins.filter((one) => name.split("-").some((part) => part !== "" && matches(one.name, part)));
  return (
    <Absent kind="plugin" asked={name} error={error} why="It may have been uninstalled, or the server needs to be started again." places={[{ name: "All plugins", path: "/plugins" }]}>
      <Others
        title="Plugins with a name like this"
        others={like.map((one) => ({ name: one.name, path: `/plugins/${encodeURIComponent(one.name)}`, note: one.state === "loaded" ? one.version : one.state }))}
      />
    </Absent>
  );
}
