/** Aliases and stages in few letters. */
import styles from "./models.module.css";

export const Alias = ({ name, children }: { readonly name: string; readonly children?: string }) => (
  <span className={styles.alias}>@{name}{children && <small>{children}</small>}</span>
);

export const Stage = ({ stage }: { readonly stage: string }) =>
  stage === "None" ? null : <span className={styles.stage} data-stage={stage}>{stage}</span>;
