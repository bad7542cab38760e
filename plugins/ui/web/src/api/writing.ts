/** What pages change, by MLflow's endpoints, which the server has for it. */
import { BASE } from "../base";
import { errorOf } from "./client";

const AT_ONCE = 6; // as many as a browser asks one server

/** Sends a change, such as `runs/set-tag`. */
export async function write(path: string, body: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${BASE}/api/2.0/mlflow/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await errorOf(response);
}

/** Does the same for each of many; what fails keeps no other from being done, and is told at the end. */
export async function forEach(ids: readonly string[], act: (id: string) => Promise<void>): Promise<void> {
  const failures: Error[] = [];
  const waiting = [...ids];
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      await act(id).catch((error: unknown) => void failures.push(error instanceof Error ? error : new Error(String(error))));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const first = failures[0];
  if (!first) return;
  throw ids.length === 1 ? first : new Error(`${failures.length} of ${ids.length} failed; the first: ${first.message}`);
}
