/** Filling datagrams and attributes, which hold so many bytes, with as many messages or elements as fit. */

/** What goes into one, and how many bytes that is. */
export interface Group<Part> {
  readonly group: readonly Part[]
  readonly bytes: number
}

/** As many parts from `start` on as fit into `most` bytes; one that is larger has its own group. */
export const groupFrom = <Part>(
  parts: readonly Part[],
  start: number,
  { lengthOf, most }: { readonly lengthOf: (part: Part) => number; readonly most: number },
): Group<Part> => {
  let [end, bytes] = [start, 0]
  for (; end < parts.length; end++) {
    const part = parts[end]
    const length = part === undefined ? 0 : lengthOf(part)
    if (end > start && bytes + length > most) break
    bytes += length
  }
  return { group: parts.slice(start, end), bytes }
}
