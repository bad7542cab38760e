/** The machine of a run: what it is, and what it was busy with over time. */
import { useMemo } from "react";
import { useText } from "../../api/files";
import { useFolder } from "../../api/queries";
import { ChartPanel } from "../../charts/chart-panel";
import { guessedDirection, isSystemMetric } from "../../store/metric-direction";
import { Empty } from "../../components/notes";
import { type ChartState, formatChart, parseChart } from "../../url/chart-state";
import { formatQuery } from "../../url/codec";
import { useAddressState } from "../../url/use-address-state";
import { PACKAGES, readPackages } from "./captured";
import { useChartSettings } from "./metrics";
import { Pairs } from "./pairs";
import styles from "./run.module.css";
import type { RunTabProps } from "./run-page";

const NONE: ReadonlySet<string> = new Set();
const AXIS = "relative"; // a step of theirs is a measurement, which tells nobody when that was

export default function System({ run }: RunTabProps) {
  const owner = { run_id: run.info.run_id };
  const kept = useFolder(owner, "runyard");
  const packages = useText(owner, kept.data?.files.some((file) => file.path === PACKAGES) ? PACKAGES : null);
  const [state, change] = useSystemState();
  const settings = useChartSettings(run, state, change);
  const metrics = useMemo(
    () => run.data.latest_metrics.map((metric) => metric.key).filter(isSystemMetric).sort(),
    [run.data.latest_metrics],
  );
  const { tags } = run.data;
  const { platform } = readPackages(packages.data ?? "");
  const facts = [
    ["Host", tags["runyard.host"]], ["System", platform], ["Python", tags["runyard.python"]],
    ["Image", tags["mlflow.docker.image.uri"]], ["User", tags["mlflow.user"]], ["Folder", tags["runyard.cwd"]],
  ].filter((fact): fact is [string, string] => Boolean(fact[1]));
  return (
    <>
      <div className={styles.overview}>
        <Pairs title="Machine" pairs={facts} empty="The client did not say on which machine it ran." />
      </div>
      {metrics.length === 0 ? (
        <Empty>
          <p>This run has no system metrics.</p>
          <p>They are metrics whose names begin with <code>system/</code>, such as MLflow logs with <code>mlflow.enable_system_metrics_logging()</code>.</p>
        </Empty>
      ) : (
        <div className={styles.charts}>
          <ChartPanel metrics={metrics} directions={guessedDirection} settings={settings} onChange={change} changed={NONE} />
        </div>
      )}
    </>
  );
}

/** As the address of the charts of a workspace, but that time is what needs not be said. */
const useSystemState = () => useAddressState(parseSystem, formatSystem);

function parseSystem(search: string): ChartState {
  const given = new URLSearchParams(search);
  return { ...parseChart(given), x: given.get("x") || AXIS };
}

const formatSystem = (state: ChartState): string => formatQuery({ ...formatChart(state), x: state.x === AXIS ? undefined : state.x });
