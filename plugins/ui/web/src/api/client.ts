/** The one way to ask the server: typed by its OpenAPI document, with its errors as `ApiError`. */
import createClient, { type Middleware } from "openapi-fetch";
import { BASE } from "../base";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What the server refused, in its own words. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
    this.name = "ApiError";
  }
}

export const isForbidden = (error: Error): boolean => error instanceof ApiError && error.status === 403;

/** The error that an answer tells of. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const told = JSON.parse(text) as { error_code?: string; message?: string };
    return new ApiError(response.status, told.error_code ?? "", told.message || `the server answered ${response.status}`);
  } catch {
    return new ApiError(response.status, "", text.slice(0, 300) || `the server answered ${response.status}`);
  }
}

const refusals: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
  },
};

/** An answer to what the OpenAPI document says nothing of, below the address of the server; a refusal is an error. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(BASE + path, init);
  if (!response.ok) throw await errorOf(response);
  return response;
}

export const api = createClient<paths>({ baseUrl: BASE });
api.use(refusals);

/** The content of an answer that is no error, as `refusals` sees to. */
export async function content<Data>(answer: Promise<{ data?: Data | undefined }>): Promise<Data> {
  const { data } = await answer;
  return data as Data;
}

/** A number of an answer; JSON has texts for NaN and the infinities. */
export function plainNumber(value: Schemas["Float"]): number {
  return typeof value === "number" ? value : Number(value);
}
