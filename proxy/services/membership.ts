/** Asking a list many times whether it has something: its set is made once, for as long as the list lives. */

const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Whether `list` has `member`. The list must not change. */
export const has = (list: readonly string[], member: string): boolean => {
  if (list.length <= SHORT) return list.includes(member)
  let known = sets.get(list)
  if (known === undefined) {
    known = new Set(list)
    sets.set(list, known)
  }
  return known.has(member)
}

/** Lists that are looked through as fast as a set is found. */
const SHORT = 4
