/** What is wrong with a file: where inside, what stands there, and what would be legal. */

export interface Fault {
  /** `plugins[0].ipam.ranges`, or `line 3, column 5`; empty = the whole file. */
  readonly path: string
  /** What is wrong there, and what would be right. */
  readonly problem: string
}

/** More is no help to anybody: the file is of another kind. */
const MAX_LINES = 20

/** A file that cannot be used. The message has one line per fault, each naming the file. */
export class FileFaults extends Error {
  override readonly name = 'FileFaults'
  readonly source: string
  readonly faults: readonly Fault[]

  /** @param source the file's path, and which part of it is meant */
  constructor(source: string, faults: readonly Fault[]) {
    const more = faults.length > MAX_LINES ? [line([source, `and ${faults.length - MAX_LINES} more`])] : []
    super([...faults.slice(0, MAX_LINES).map(({ path, problem }) => line([source, path, problem])), ...more].join('\n'))
    this.source = source
    this.faults = faults
  }
}

/** `plugins[0].mtu` with `"1500" is not legal: expected a whole number`; a value of undefined is missing. */
export const illegal = ({ path, value, legal }: { path: string; value: unknown; legal: string }): Fault => ({
  path,
  problem: value === undefined ? `missing: expected ${legal}` : `${excerpt(value)} is not legal: expected ${legal}`,
})

/** `plugins[0].ipam` of `['plugins', 0, 'ipam']`. */
export const pathOf = (keys: readonly unknown[]): string =>
  keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')

/** One printable line, whatever names a manifest has. */
const line = (parts: readonly string[]): string =>
  parts
    .filter((part) => part !== '')
    .join(': ')
    .replace(/\p{Cc}/gu, '?')

/** At most 80 characters of a value's JSON. */
const excerpt = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
