/** Moves a version to a stage, and out of it those that are there. */
import { useState } from "react";
import type { Version } from "../../api/registry";
import { moveToStage } from "../../api/registry-changes";
import { Select } from "../../components/field";
import { Form } from "../../components/form";
import styles from "./models.module.css";
import { useSaved } from "./use-models";

const STAGES = ["None", "Staging", "Production", "Archived"] as const;

interface StageFormProps {
  readonly version: Version;
  readonly versions: readonly Version[];
  readonly onDone: () => void;
}

export function StageForm({ version, versions, onDone }: StageFormProps) {
  const [stage, setStage] = useState(version.stage);
  const [archives, setArchives] = useState(false);
  const saved = useSaved();
  const there = versions.filter((one) => one.stage === stage && one.version !== version.version).map((one) => `v${one.version}`);
  const canArchive = there.length > 0 && (stage === "Staging" || stage === "Production");
  return (
    <Form
      action="Move"
      ready={stage !== version.stage || (canArchive && archives)}
      onSubmit={() => saved(moveToStage(version, stage, canArchive && archives))}
      onDone={onDone}
    >
      <label className={styles.tick}>
        {`Stage of v${version.version}`}
        <Select autoFocus label="Stage" value={stage} onChange={(event) => setStage(event.target.value)}>
          {STAGES.map((one) => <option key={one} value={one}>{one}</option>)}
        </Select>
      </label>
      {canArchive && (
        <label className={styles.tick}>
          <input type="checkbox" checked={archives} onChange={(event) => setArchives(event.target.checked)} />
          {`Archive what is in ${stage} now: ${there.join(", ")}`}
        </label>
      )}
    </Form>
  );
}
