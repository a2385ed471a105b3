/**
 * JSON by the rules of Go's encoding/json, which configs were written for: duplicate keys are kept (the reader decides), numbers
 * keep their text, and syntax errors have Go's sentences.
 */

/** A JSON value as written. */
export type GoValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly GoValue[] }
  | { readonly kind: 'object'; readonly entries: readonly GoEntry[] }

/** A key with its value; keys may repeat, in any case. */
export type GoEntry = readonly [key: string, value: GoValue]

/** Deeper nesting is refused. Go allows 10,000 levels, which would overflow our stack; no config has ten. */
const DEPTH = 1000

/** Parses one JSON document. @throws Error with Go's sentence: `unexpected end of JSON input`, `invalid character 'x' …` */
export const parseJson = (source: Uint8Array | string): GoValue => {
  // One character a byte: Go names the offending byte, and the grammar is ASCII.
  const text = Buffer.from(source).toString('latin1')
  const cursor = { text, at: 0, depth: 0 }
  const value = parseValue(cursor)
  const trailing = next(cursor)
  if (trailing !== undefined) throw invalid(trailing, 'after top-level value')
  return value
}

interface Cursor {
  readonly text: string
  at: number
  depth: number
}

const END_OF_INPUT = 'unexpected end of JSON input'

const invalid = (character: string | undefined, where: string): Error =>
  new Error(character === undefined ? END_OF_INPUT : `invalid character ${quoteCharacter(character)} ${where}`)

const SPECIAL: Readonly<Record<string, string>> = {
  "'": "\\'",
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** One byte as Go quotes it; bytes above 0x7f are taken for the code point of that number. */
const quoteCharacter = (character: string): string => {
  const code = character.charCodeAt(0)
  if (code < 0x20 || (code >= 0x7f && code <= 0xa0) || code === 0xad) {
    const hex = code.toString(16).padStart(code < 0x80 ? 2 : 4, '0')
    return `'${SPECIAL[character] ?? (code < 0x80 ? `\\x${hex}` : `\\u${hex}`)}'`
  }
  return `'${SPECIAL[character] ?? character}'`
}

/** The next character that is not white space, without taking it. */
const next = (cursor: Cursor): string | undefined => {
  while (cursor.at < cursor.text.length && ' \t\r\n'.includes(cursor.text[cursor.at] ?? '')) cursor.at += 1
  return cursor.text[cursor.at]
}

const parseValue = (cursor: Cursor): GoValue => {
  const first = next(cursor)
  if (first === '{') return nested(cursor, parseObject)
  if (first === '[') return nested(cursor, parseArray)
  if (first === '"') return { kind: 'string', value: parseString(cursor) }
  if (first === 't') return takeLiteral(cursor, 'true', { kind: 'bool', value: true })
  if (first === 'f') return takeLiteral(cursor, 'false', { kind: 'bool', value: false })
  if (first === 'n') return takeLiteral(cursor, 'null', { kind: 'null' })
  if (first !== undefined && /[-0-9]/.test(first)) return { kind: 'number', text: parseNumber(cursor) }
  throw invalid(first, 'looking for beginning of value')
}

const nested = (cursor: Cursor, parse: (cursor: Cursor) => GoValue): GoValue => {
  cursor.depth += 1
  if (cursor.depth > DEPTH) throw new Error('exceeded max depth')
  cursor.at += 1
  const value = parse(cursor)
  cursor.at += 1
  cursor.depth -= 1
  return value
}

const parseObject = (cursor: Cursor): GoValue => {
  const entries: GoEntry[] = []
  if (next(cursor) === '}') return { kind: 'object', entries }
  for (;;) {
    const start = next(cursor)
    if (start !== '"') throw invalid(start, 'looking for beginning of object key string')
    const key = parseString(cursor)
    const colon = next(cursor)
    if (colon !== ':') throw invalid(colon, 'after object key')
    cursor.at += 1
    entries.push([key, parseValue(cursor)])
    const after = next(cursor)
    if (after === '}') return { kind: 'object', entries }
    if (after !== ',') throw invalid(after, 'after object key:value pair')
    cursor.at += 1
  }
}

const parseArray = (cursor: Cursor): GoValue => {
  const items: GoValue[] = []
  if (next(cursor) === ']') return { kind: 'array', items }
  for (;;) {
    items.push(parseValue(cursor))
    const after = next(cursor)
    if (after === ']') return { kind: 'array', items }
    if (after !== ',') throw invalid(after, 'after array element')
    cursor.at += 1
  }
}

const takeLiteral = (cursor: Cursor, word: string, value: GoValue): GoValue => {
  for (const expected of word) {
    const character = cursor.text[cursor.at]
    if (character !== expected) throw invalid(character, `in literal ${word} (expecting '${expected}')`)
    cursor.at += 1
  }
  return value
}

/** The parts of a number, each with what Go says when its first digit is wrong. */
const parseNumber = (cursor: Cursor): string => {
  const start = cursor.at
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = cursor.at
    const found = pattern.exec(cursor.text)
    cursor.at += found?.[0].length ?? 0
    return found !== null
  }
  take(/-/y)
  if (!take(/0|[1-9][0-9]*/y)) throw invalid(cursor.text[cursor.at], 'in numeric literal')
  if (take(/\./y) && !take(/[0-9]+/y)) throw invalid(cursor.text[cursor.at], 'after decimal point in numeric literal')
  if (take(/[eE][+-]?/y) && !take(/[0-9]+/y)) throw invalid(cursor.text[cursor.at], 'in exponent of numeric literal')
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
const parseString = (cursor: Cursor): string => {
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
  if (character === undefined) throw new Error(END_OF_INPUT)
  cursor.at += 1
  if (character !== 'u') {
    const meant = ESCAPES[character]
    if (meant === undefined) throw invalid(character, 'in string escape code')
    return meant
  }
  const start = cursor.at
  for (; cursor.at < start + 4; cursor.at++) {
    const digit = cursor.text[cursor.at]
    if (digit === undefined || !/[0-9a-fA-F]/.test(digit)) throw invalid(digit, 'in \\u hexadecimal character escape')
  }
  return String.fromCharCode(Number.parseInt(cursor.text.slice(start, cursor.at), 16))
}
