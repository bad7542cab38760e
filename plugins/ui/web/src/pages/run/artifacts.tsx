/** The files of a run: a tree whose folders are read when they are opened, and what is in the chosen file. */
import { Empty } from "../../components/notes";
import { addressOf } from "./artifact-tree";
import { FilesView } from "./files-view";
import type { RunTabProps } from "./run-page";

export default function Artifacts({ run, path }: RunTabProps) {
  const runId = run.info.run_id;
  return (
    <FilesView
      owner={{ run_id: runId }}
      addressOf={(file) => addressOf(runId, file)}
      chosen={decodeURIComponent(path)}
      nothing={<Empty>This run has no files. <code>ry.log_artifact("plot.png")</code> adds one.</Empty>}
    />
  );
}
