/** Whether what was typed means a name: every word of it is somewhere in the name, in whatever case. */
export function matches(name: string, typed: string): boolean {
  const lowered = name.toLowerCase();
  return typed.toLowerCase().split(/\s+/).every((word) => lowered.includes(word));
}
