/**
 * A copy of `executable` that does not know `names`: the first byte of each occurrence is made zero, which no name of a variable in the environment
 * and no path begins with. @throws Error when a name does not occur (then this Bun has to be looked at anew)
 */
export const eraseNames = (executable: Buffer, names: readonly string[]): Buffer => {
  const result = Buffer.from(executable)
  for (const name of names) {
    let found = result.indexOf(name)
    if (found < 0) throw new Error(`${name} does not occur in the executable: does this Bun still use it?`)
    for (; found >= 0; found = result.indexOf(name, found)) result[found] = 0
  }
  return result
}
