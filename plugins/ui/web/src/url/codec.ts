/** Values in an address: readable, and the same after being written and read. */

/** A query with as few escapes as an address needs: commas, colons and the like stand as they are. */
export function formatQuery(values: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(values)
    .filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "")
    .map(([name, value]) => `${name}=${encode(value)}`);
  return parts.join("&");
}

/** An address with a query, and no question mark where that is empty. */
export const withQuery = (path: string, query: string): string => (query ? `${path}?${query}` : path);

const encode = (value: string): string =>
  encodeURIComponent(value).replace(/%(2C|3A|2F|40|3C|3E|3D)/g, (code) => plain[code] as string).replace(/%20/g, "+");

const plain: Readonly<Record<string, string>> = {
  "%2C": ",", "%3A": ":", "%2F": "/", "%40": "@", "%3C": "<", "%3E": ">", "%3D": "=",
};

/** Several values with commas between; commas in them are escaped. */
export const formatList = (values: readonly string[]): string =>
  values.map((value) => value.replace(/%/g, "%25").replace(/,/g, "%2C")).join(",");

export const parseList = (text: string | null): string[] =>
  text ? text.split(",").filter(Boolean).map(unescaped) : [];

const unescaped = (text: string): string => text.replace(/%2C/g, ",").replace(/%25/g, "%");

/** A column as it stands in addresses: attributes without their prefix, the last value without saying so. */
export function formatColumn(key: string): string {
  return key.replace(/^attributes\./, "").replace(/^(metrics\..*)@last$/, "$1");
}

export function parseColumn(text: string): string {
  if (/^(params|tags)\./.test(text)) return text;
  if (text.startsWith("metrics.")) return /@(last|min|max|first|mean|best_step)$/.test(text) ? text : `${text}@last`;
  return `attributes.${text}`;
}

/** A part of an address as it was before it was written there; as it is where it cannot be read. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
