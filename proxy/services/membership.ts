/** Asking a list many times whether it has something: its set is made once, for as long as the list lives. */

const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Whether `list` has `member`. The list must not change. */
export const has = (list: readonly string[], member: string): boolean => {
  const known = sets.get(list) ?? new Set(list)
  sets.set(list, known)
  return known.has(member)
}
