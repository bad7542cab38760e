/** What pages change, by the endpoints of MLflow's clients, so that they see the same. */
import { asError } from "../as-error";
import { ask } from "./client";

const AT_ONCE = 6; // as many as a browser asks one server

type Body = Readonly<Record<string, string | boolean>>;

/** Sends a change, such as `runs/set-tag`. */
export async function write(path: string, body: Body, method: "POST" | "PATCH" | "DELETE" = "POST"): Promise<void> {
  await ask(`/api/2.0/mlflow/${path}`, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

/** Does the same for each of many; what fails keeps no other from being done, and is told at the end. */
export async function forEach(ids: readonly string[], act: (id: string) => Promise<void>): Promise<void> {
  const failures: Error[] = [];
  const waiting = [...ids];
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      await act(id).catch((error: unknown) => void failures.push(asError(error)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const first = failures[0];
  if (!first) return;
  throw ids.length === 1 ? first : new Error(`${failures.length} of ${ids.length} failed; the first: ${first.message}`);
}
