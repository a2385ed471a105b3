/** Text forms of Go that the protocol's outputs and messages have. */
import { isIdentifier } from './identifier.ts'

/** JSON as Go's MarshalIndent prints it with four spaces: `<`, `>`, `&` and the two Unicode line separators are escaped. */
export const prettyPrint = (value: unknown): string => escapeHtml(JSON.stringify(value, null, 4))

/** JSON on one line, escaped as Go does. */
export const compactPrint = (value: unknown): string => escapeHtml(JSON.stringify(value))

/** These characters occur inside JSON strings only, so replacing them in the finished text is safe. */
const escapeHtml = (json: string): string => {
  let escaped = json
  for (const [character, sequence] of HTML_ESCAPES) escaped = escaped.replaceAll(character, sequence)
  return escaped
}

const HTML_ESCAPES = [
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
] as const

/** A text as Go's `%q` prints it, in double quotes. @see strconv.Quote */
export const goQuote = (text: string): string => quoted(text, '"')

/** A character as Go's `%q` prints it, in single quotes. @see strconv.QuoteRune */
export const goQuoteCharacter = (character: string): string => quoted(character, "'")

const quoted = (text: string, quote: string): string =>
  isIdentifier(text)
    ? `${quote}${text}${quote}`
    : `${quote}${[...text].map((character) => (character === quote ? `\\${quote}` : quoteCharacter(character))).join('')}${quote}`

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

const quoteCharacter = (character: string): string => {
  const short = SHORT_ESCAPES[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) ?? 0
  if (character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)) return character
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
