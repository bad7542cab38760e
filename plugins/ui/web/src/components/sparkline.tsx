/** Some numbers as a small line, with the best of them marked; what they are is said beside it. */
const [WIDTH, HEIGHT, EDGE] = [72, 20, 3];

interface SparklineProps {
  readonly values: readonly number[];
  readonly direction: "max" | "min";
  readonly label: string;
}

export function Sparkline({ values, direction, label }: SparklineProps) {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return null;
  const [least, greatest] = [Math.min(...finite), Math.max(...finite)];
  const x = (at: number): number => EDGE + (at / (finite.length - 1)) * (WIDTH - 2 * EDGE);
  const y = (value: number): number => HEIGHT - EDGE - ((value - least) / (greatest - least || 1)) * (HEIGHT - 2 * EDGE);
  const best = finite.indexOf(direction === "max" ? greatest : least);
  return (
    <svg role="img" aria-label={label} width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} style={{ flex: "none" }}>
      <title>{label}</title>
      <polyline points={finite.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ")} fill="none" stroke="var(--axis)" strokeWidth="1.3" strokeLinejoin="round" />
      <circle cx={x(best)} cy={y(finite[best] as number)} r="2.5" fill="var(--good)" />
    </svg>
  );
}
