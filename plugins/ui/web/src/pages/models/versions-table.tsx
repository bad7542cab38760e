/** Versions with what their runs measured, and how far that is from the version of an alias. */
import { useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { plainNumber, type Schemas } from "../../api/client";
import { useMeasures } from "../../api/measures";
import { useSomeRuns } from "../../api/queries";
import type { Model, Version } from "../../api/registry";
import { Button } from "../../components/button";
import { Select } from "../../components/field";
import stacked from "../../components/stacked.module.css";
import { ago, count, delta, exactly, number, runName } from "../../format";
import { useKeys } from "../../shell/keys";
import { bestOf, type Direction, isBetter } from "../../store/metric-direction";
import type { Measures } from "../../store/objective";
import { formatQuery } from "../../url/codec";
import { versionsAddress } from "../../url/versions-state";
import { toggled } from "../../url/workspace-state";
import { Alias, Decided, Stage } from "./chips";
import styles from "./models.module.css";
import { CHAMPION, modelAddress, versionAddress } from "./use-models";

const PAGE = 20; // versions that are shown, as the run of each is read
const MOST_METRICS = 5;

type Run = Schemas["Run"];

export function VersionsTable({ model, versions }: { readonly model: Model; readonly versions: readonly Version[] }) {
  const [most, setMost] = useState(PAGE);
  const [, navigate] = useLocation();
  const given = new URLSearchParams(useSearch());
  const asked = given.get("base") ?? CHAMPION;
  const selected = (given.get("sel") ?? "").split(",").map(Number).filter((number) => versions.some((one) => one.version === number));
  const change = (wanted: { readonly base?: string; readonly sel?: string }) => {
    const query = formatQuery({ base: given.get("base") ?? undefined, sel: selected.join(","), ...wanted });
    navigate(`${modelAddress(model.name)}${query && `?${query}`}`, { replace: true });
  };
  const base = model.aliases.find(({ alias }) => alias === asked);
  const champion = versions.find((one) => one.version === base?.version);
  const shown = versions.slice(0, most);
  const runs = useSomeRuns([...new Set([...shown, ...(champion ? [champion] : [])].flatMap((one) => one.runId ?? []))]);
  const { directionOf, order } = useMeasures([...runs.values()].map((run) => run.info.experiment_id));
  const metrics = metricsOf([...runs.values()], order);
  const best = new Map(metrics.map((metric) => [metric, bestOf(directionOf(metric), shown.map((one) => valueOf(runs, one, metric)))]));
  const compared = [...new Set([...(champion && selected.length > 0 ? [champion.version] : []), ...selected])];
  const compare = () => void (compared.length > 1 && navigate(versionsAddress(model.name, { versions: compared, everything: false })));
  useKeys("Versions", [{ keys: "c", what: "Compare the selected versions", act: compare }]);
  return (
    <section className={styles.box} aria-label="Versions">
      <h2>
        Versions <small>{count(versions.length)}</small>
        {versions.length > 1 && (
          <Button small icon="compare" disabled={compared.length < 2} title="Compare the selected versions (c)" onClick={compare}>
            {`Compare${compared.length > 1 ? ` ${compared.map((number) => `v${number}`).join(", ")}` : ""}`}
          </Button>
        )}
        {model.aliases.length > 0 && (
          <label className={styles.base}>
            measured against
            <Select
              label="The alias that others are measured against"
              value={base ? asked : ""}
              onChange={(event) => change({ base: event.target.value })}
            >
              {!base && <option value="">no alias</option>}
              {model.aliases.map(({ alias }) => <option key={alias} value={alias}>{alias}</option>)}
            </Select>
          </label>
        )}
      </h2>
      <div className={styles.wide} tabIndex={0} role="region" aria-label="Table of versions">
        <table className={`${styles.table} ${styles.versions} ${stacked.stacked}`}>
          <thead>
            <tr>
              {versions.length > 1 && <th scope="col"><span className="visually-hidden">Select</span></th>}
              <th scope="col">Version</th><th scope="col">Aliases, stage, approval</th>
              {metrics.map((metric) => <th key={metric} scope="col" className={styles.number}>{metric}</th>)}
              <th scope="col">Run</th><th scope="col">Registered</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((version) => (
              <tr key={version.version}>
                {versions.length > 1 && (
                  <td className={styles.choose}>
                    <input
                      type="checkbox"
                      aria-label={`Select v${version.version}`}
                      checked={selected.includes(version.version)}
                      onChange={() => change({ sel: toggled(selected.map(String), String(version.version)).join(",") })}
                    />
                  </td>
                )}
                <th scope="row"><Link href={versionAddress(model.name, version.version)}>{`v${version.version}`}</Link></th>
                <td data-at="line" className={styles.state}><span className={styles.chips}>{version.aliases.map((alias) => <Alias key={alias} name={alias} />)}<Stage stage={version.stage} /><Decided version={version} /></span></td>
                {metrics.map((metric) => (
                  <td key={metric} data-at="line" data-label={metric} className={styles.number}>
                    <Value
                      direction={directionOf(metric)}
                      value={valueOf(runs, version, metric)}
                      base={champion && champion.version !== version.version ? valueOf(runs, champion, metric) : null}
                      best={shown.length > 1 ? (best.get(metric) ?? null) : null}
                    />
                  </td>
                ))}
                <td data-at="line" data-label="Run" className={styles.run}><RunLink id={version.runId} run={runs.get(version.runId ?? "")} /></td>
                <td data-at="side" className={`${styles.muted} ${styles.since}`} title={exactly(version.created)}>{[version.user, ago(version.created)].filter(Boolean).join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {versions.length > most && <Button small onClick={() => setMost(most + PAGE)}>{`${count(versions.length - most)} earlier versions`}</Button>}
    </section>
  );
}

/** The first metrics in the order in which they matter. */
function metricsOf(runs: readonly Run[], order: Measures["order"]): readonly string[] {
  const keys = new Set(runs.flatMap((run) => run.data.latest_metrics.map(({ key }) => key)));
  return [...keys].sort(order).slice(0, MOST_METRICS);
}

function valueOf(runs: ReadonlyMap<string, Run>, version: Version, metric: string): number | null {
  const found = runs.get(version.runId ?? "")?.data.latest_metrics.find(({ key }) => key === metric);
  return found ? plainNumber(found.value) : null;
}

interface ValueProps {
  readonly direction: Direction;
  readonly value: number | null;
  readonly base: number | null;
  readonly best: number | null;
}

function Value({ direction, value, base, best }: ValueProps) {
  if (value === null) return <span className={styles.muted}>–</span>;
  const better = base === null ? null : isBetter(direction, value, base);
  return (
    <>
      {base !== null && <small className={styles.delta} data-better={better ?? undefined}>{delta(value, base)}</small>}
      <span className={value === best ? styles.best : undefined} title={value === best ? "The best of these versions" : String(value)}>{number(value)}</span>
    </>
  );
}

export function RunLink({ id, run }: { readonly id: string | null; readonly run: Run | undefined }) {
  if (id === null) return <span className={styles.muted}>none</span>;
  return <Link href={`/runs/${id}/overview`}>{runName(run?.info.run_name, id)}</Link>;
}
