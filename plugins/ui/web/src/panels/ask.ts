/** The `fetch` of panels: this server's API and nothing else. */
import { errorOf } from "../api/client";

const ROOTS = ["/api/", "/ajax-api/"];

export function asker(base: string, signal: AbortSignal): (path: string, init?: RequestInit) => Promise<Response> {
  return async (path, init) => {
    const address = new URL(`${base}${path}`, location.origin); // which takes dots out of the path
    const below = address.pathname.slice(base.length);
    if (!String(path).startsWith("/") || address.origin !== location.origin || !ROOTS.some((root) => below.startsWith(root))) {
      throw new TypeError(`a panel asks this server's API, such as /api/v1/…, not ${path}`);
    }
    const answer = await fetch(address, { signal, ...init });
    if (!answer.ok) throw await errorOf(answer);
    return answer;
  };
}
