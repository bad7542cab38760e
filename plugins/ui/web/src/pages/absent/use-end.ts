/** What the history of models tells of those that are gone. */
import { useHistory } from "../../api/queries";
import { moment } from "../../format";

/** When and by whom something was deleted, as its history tells; null where it tells nothing of that. */
export function useEnd(name: string, version?: string): string | null {
  const isNumber = version === undefined || /^[1-9]\d{0,8}$/.test(version);
  const { data } = useHistory(name, version === undefined || !isNumber ? undefined : Number(version));
  const last = data?.events.at(-1);
  if (!isNumber || last?.change !== "deleted") return null;
  return `It was deleted on ${moment(last.timestamp)}${last.user_id ? ` by ${last.user_id}` : ""}, for good.`;
}
