/** Sections whose values are texts: params, environment with packages, tags. */
import type { Schemas } from "../../api/client";
import type { SectionProps } from "./compare-page";
import styles from "./compare.module.css";
import { DiffTable, type Line } from "./diff-table";

type TextDiff = Schemas["TextDiff"];

/** Each run's text, marked where it is not the baseline's. */
export const textLine = ({ key, values }: TextDiff, shown: (text: string) => string = (text) => text): Line => ({
  key,
  name: key,
  cells: values.map((text, at) => <Text text={text} shown={shown} differs={at > 0 && text !== values[0]} />),
});

interface TextProps {
  readonly text: string | null;
  readonly shown: (text: string) => string;
  readonly differs: boolean;
}

function Text({ text, shown, differs }: TextProps) {
  const words = text === null ? <span className={styles.none}>–</span> : shown(text);
  const content = differs ? <mark className={styles.differs}>{words}</mark> : words;
  return <div className={styles.text} title={text ?? "none"}>{content}</div>;
}

export const ParamsSection = ({ diff, state, change }: SectionProps) => (
  <DiffTable what="params" runs={diff.runs} groups={[{ title: "Params", lines: diff.params.map((row) => textLine(row)) }]} {...{ state, change }} />
);

export const TagsSection = ({ diff, state, change }: SectionProps) => (
  <DiffTable what="tags" runs={diff.runs} groups={[{ title: "Tags", lines: diff.tags.map((row) => textLine(row)) }]} {...{ state, change }} />
);

export function EnvironmentSection({ diff, state, change }: SectionProps) {
  const groups = [
    { title: "Run", lines: diff.attributes.map((row) => textLine(row)) },
    { title: "Environment", lines: diff.environment.map((row) => textLine(row)) },
    { title: "Packages", lines: diff.packages.map((row) => textLine(row)) },
  ];
  return <DiffTable what="environments" runs={diff.runs} groups={groups} {...{ state, change }} />;
}
