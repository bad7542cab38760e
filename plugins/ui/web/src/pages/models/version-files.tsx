/** The files of a version, shown as those of a run are. */
import { Empty } from "../../components/notes";
import { encodedPath } from "../run/artifact-tree";
import { FilesView } from "../run/files-view";
import { filesPlace } from "./files-place";
import { versionAddress } from "./use-models";
import type { VersionTabProps } from "./version-page";

export default function VersionFiles({ version, path }: VersionTabProps) {
  const place = filesPlace(version);
  if (place === null) return <Empty>The files lie at <code>{version.source}</code>, outside of runs, and are not shown here.</Empty>;
  const files = versionAddress(version.name, version.version, "files");
  return (
    <FilesView
      owner={place.owner}
      root={place.root}
      addressOf={(file) => `${files}/${encodedPath(file)}`}
      chosen={path}
      nothing={<Empty>No file of this version is there any more.</Empty>}
    />
  );
}
