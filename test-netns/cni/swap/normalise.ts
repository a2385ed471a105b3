/** Makes two runs comparable: what is random or counts something gets a name in its place. */

/** Replaces each text by its name, and MAC addresses, veth names, indexes, link-local addresses, counters in every text of `value`. */
export const normalise = <T>(value: T, names: readonly (readonly [text: string, name: string])[]): T =>
  JSON.parse(JSON.stringify(value), (_key, each: unknown) => (typeof each === 'string' ? normalText(each, names) : each))

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC'],
  [/\bveth[0-9a-f]{8}\b/g, 'VETH'],
  [/\bfe80::[0-9a-f:]+/g, 'LINK-LOCAL'],
  [/\[\d+:\d+\]/g, '[COUNT]'],
]

const normalText = (text: string, names: readonly (readonly [string, string])[]): string => {
  const named = names.reduce((result, [from, to]) => result.replaceAll(from, to), text)
  return PATTERNS.reduce((result, [pattern, name]) => result.replaceAll(pattern, name), named)
}
