/**
 * JSON exactly as JSON.stringify prints it, read by the engine, which takes a tenth of our own parser's time. So are the configs of all runtimes
 * (Go marshals them without blanks), and results of plugins of ours. Whether it is printed so is seen by printing it again: then no key repeats,
 * every number is written as the engine writes it, and the order of the keys is that of the text.
 */
import type { GoEntry, GoValue } from './json.ts'

/** How a text may be printed, by its first characters: the blanks of each level. */
const INDENTS = new Map([
  ['{"', undefined],
  ['{\n', 4],
])

/** @returns the document, or undefined when it is another text, JSON or not, or nested deeper than `depth` levels */
export const parsePrinted = (source: Uint8Array | string, depth: number): GoValue | undefined => {
  const start = typeof source === 'string' ? source.slice(0, 2) : String.fromCharCode(source[0] ?? 0, source[1] ?? 0)
  if (!INDENTS.has(start)) return undefined
  // A byte that is no UTF-8 becomes U+FFFD, as in our own parser.
  const text = typeof source === 'string' ? source : Buffer.from(source).toString()
  // Escapes have more than one form, and some mean what is no Unicode.
  if (text.includes('\\')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value, undefined, INDENTS.get(start)) === text ? goValue(value, depth) : undefined
  } catch {
    // No JSON, or too deep for the engine.
    return undefined
  }
}

const goValue = (value: unknown, depth: number): GoValue | undefined => {
  if (typeof value === 'string') return { kind: 'string', value }
  if (typeof value === 'number') return { kind: 'number', text: String(value) }
  if (typeof value === 'boolean') return { kind: 'bool', value }
  if (value === null) return { kind: 'null' }
  if (depth === 0) return undefined
  if (Array.isArray(value)) {
    const items: GoValue[] = []
    for (const each of value) {
      const item = goValue(each, depth - 1)
      if (item === undefined) return undefined
      items.push(item)
    }
    return { kind: 'array', items }
  }
  const entries: GoEntry[] = []
  for (const [key, each] of Object.entries(value as object)) {
    const item = goValue(each, depth - 1)
    if (item === undefined) return undefined
    entries.push([key, item])
  }
  return { kind: 'object', entries }
}
