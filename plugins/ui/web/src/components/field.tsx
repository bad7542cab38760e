/** A line to type a search or a filter into. */
import type { InputHTMLAttributes, Ref, SelectHTMLAttributes } from "react";
import styles from "./field.module.css";
import { Icon } from "./icon";

interface SearchProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  readonly label: string;
  readonly onText: (text: string) => void;
  readonly mono?: boolean;
  readonly wrong?: boolean;
  readonly hint?: string; // the key that leads here
  readonly ref?: Ref<HTMLInputElement>;
}

export function SearchField({ label, onText, mono, wrong, hint, ref, className, ...rest }: SearchProps) {
  return (
    <label className={[styles.field, className].filter(Boolean).join(" ")} data-wrong={wrong ?? false}>
      <Icon name="search" size={14} />
      <span className="visually-hidden">{label}</span>
      <input
        ref={ref}
        className={[styles.input, mono && styles.mono].filter(Boolean).join(" ")}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={wrong || undefined}
        onChange={(event) => onText(event.target.value)}
        {...rest}
      />
      {hint && <kbd className={styles.key}>{hint}</kbd>}
    </label>
  );
}

export function Select({ label, ...rest }: SelectHTMLAttributes<HTMLSelectElement> & { readonly label: string }) {
  return <select className={styles.select} aria-label={label} title={label} {...rest} />;
}
