/** Markdown that somebody wrote, cleaned of all that acts; its libraries come when the first is shown. */
import { lazy } from "react";

export const Markdown = lazy(async () => {
  const [{ marked }, { default: purify }, { default: styles }] = await Promise.all([
    import("marked"),
    import("dompurify"),
    import("./markdown.module.css"),
  ]);
  return {
    default: ({ text }: { readonly text: string }) => {
      const html = purify.sanitize(marked.parse(text, { async: false }), { FORBID_TAGS: ["style", "form"], FORBID_ATTR: ["style"] });
      return <div className={styles.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
    },
  };
});
