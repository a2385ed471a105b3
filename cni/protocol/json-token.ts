/** A JSON text under the parser's finger: its tokens, by Go's grammar and in Go's words. */
import { goQuoteCharacter } from './text.ts'

/** The text, one character a byte, and how far it is read. */
export interface Cursor {
  readonly text: string
  at: number
  depth: number
}

const END_OF_INPUT = 'unexpected end of JSON input'

/** A character between tokens that must not stand there. */
export const invalid = (character: string | undefined, where: string): Error =>
  new Error(character === undefined ? END_OF_INPUT : `invalid character ${goQuoteCharacter(character)} ${where}`)

/** A character inside a token that must not stand there. Go ends a text with a blank, and names it where no blank may stand. */
export const invalidInside = (character: string | undefined, where: string): Error => invalid(character ?? ' ', where)

/** The next character that is not white space, without taking it. */
export const next = (cursor: Cursor): string | undefined => {
  while (cursor.at < cursor.text.length && ' \t\r\n'.includes(cursor.text[cursor.at] ?? '')) cursor.at += 1
  return cursor.text[cursor.at]
}

/** The parts of a number, each with what Go says when its first digit is wrong. */
export const parseNumber = (cursor: Cursor): string => {
  const start = cursor.at
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = cursor.at
    const found = pattern.exec(cursor.text)
    cursor.at += found?.[0].length ?? 0
    return found !== null
  }
  take(/-/y)
  if (!take(/0|[1-9][0-9]*/y)) throw invalidInside(cursor.text[cursor.at], 'in numeric literal')
  if (take(/\./y) && !take(/[0-9]+/y)) throw invalidInside(cursor.text[cursor.at], 'after decimal point in numeric literal')
  if (take(/[eE][+-]?/y) && !take(/[0-9]+/y)) throw invalidInside(cursor.text[cursor.at], 'in exponent of numeric literal')
  return cursor.text.slice(start, cursor.at)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Takes a string literal, its bytes read as UTF-8; what is no Unicode becomes U+FFFD. */
export const parseString = (cursor: Cursor): string => {
  cursor.at += 1
  let result = ''
  for (;;) {
    const plain = takePlain(cursor)
    result += plain
    const character = cursor.text[cursor.at]
    if (character === undefined) throw new Error(END_OF_INPUT)
    cursor.at += 1
    if (character === '"') return result.toWellFormed()
    if (character !== '\\') throw invalid(character, 'in string literal')
    result += takeEscape(cursor)
  }
}

const takePlain = (cursor: Cursor): string => {
  const start = cursor.at
  while (cursor.at < cursor.text.length && !isSpecial(cursor.text.charCodeAt(cursor.at))) cursor.at += 1
  return Buffer.from(cursor.text.slice(start, cursor.at), 'latin1').toString('utf8')
}

const isSpecial = (code: number): boolean => code < 0x20 || code === 0x22 || code === 0x5c

const takeEscape = (cursor: Cursor): string => {
  const character = cursor.text[cursor.at]
  cursor.at += 1
  if (character !== 'u') {
    const meant = ESCAPES[character ?? '']
    if (meant === undefined) throw invalidInside(character, 'in string escape code')
    return meant
  }
  const start = cursor.at
  for (; cursor.at < start + 4; cursor.at++) {
    const digit = cursor.text[cursor.at]
    if (digit === undefined || !/[0-9a-fA-F]/.test(digit)) throw invalidInside(digit, 'in \\u hexadecimal character escape')
  }
  return String.fromCharCode(Number.parseInt(cursor.text.slice(start, cursor.at), 16))
}
