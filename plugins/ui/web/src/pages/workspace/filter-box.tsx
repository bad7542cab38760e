/** The filter, in Runyard's query language; what is wrong with it is shown where it is. */
import { type Ref, useEffect, useState } from "react";
import { ApiError } from "../../api/client";
import { SearchField } from "../../components/field";
import styles from "./workspace.module.css";

interface FilterBoxProps {
  readonly query: string;
  readonly error: Error | null;
  readonly example: string;
  readonly onQuery: (query: string) => void;
  readonly ref: Ref<HTMLInputElement>;
}

/** Typing changes nothing until Enter is pressed or the focus leaves. */
export function FilterBox({ query, error, example, onQuery, ref }: FilterBoxProps) {
  const [text, setText] = useState(query);
  useEffect(() => setText(query), [query]);
  const wrong = error instanceof ApiError && error.status === 400 ? error.message : null;
  return (
    <div className={styles.filter}>
      <SearchField
        ref={ref}
        mono
        label="Filter runs"
        placeholder={example}
        hint="/"
        wrong={wrong !== null}
        aria-describedby={wrong ? "filter-problem" : undefined}
        value={text}
        onText={setText}
        onBlur={() => text !== query && onQuery(text)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onQuery(text.trim());
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {wrong && <pre id="filter-problem" role="alert" className={styles.problem}>{wrong}</pre>}
    </div>
  );
}
