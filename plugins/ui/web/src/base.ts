/** Where the pages are served: `/`, or the path that a proxy put before it. */

/** Without a slash at its end: empty, or such as `/ml/runyard`. */
export const BASE = new URL(document.baseURI).pathname.replace(/\/$/, "");

/** What to type into clients so that they log here. */
export const SERVER = `${location.origin}${BASE}`;
