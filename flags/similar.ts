/** What somebody may have meant by a name that does not exist. */

/** As many edits as one slip of the fingers makes, for the length of a name. */
const editsAllowed = (name: string): number => (name.length < 5 ? 1 : 2)

/** The one of `names` that is the fewest edits away from `name`; undefined when none is near. */
export const similarName = (name: string, names: readonly string[]): string | undefined => {
  if (name === '') return undefined
  const lowered = name.toLowerCase().replaceAll('_', '-')
  const [nearest] = names
    .filter((other) => Math.abs(other.length - lowered.length) <= 2)
    .map((other) => ({ other, edits: editsBetween(lowered, other) }))
    .sort((one, another) => one.edits - another.edits)
  return nearest !== undefined && nearest.edits <= editsAllowed(name) ? nearest.other : undefined
}

/** Letters to insert, remove, replace, or exchange with their neighbour: the optimal string alignment distance. */
const editsBetween = (one: string, other: string): number => {
  let before: number[] = []
  let above = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1
      const exchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      const choices = [at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + same]
      current.push(Math.min(...choices, ...(exchanged ? [at(before, column - 2) + 1] : [])))
    }
    before = above
    above = current
  }
  return at(above, other.length)
}

/** Outside of the table nothing is near. */
const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY
