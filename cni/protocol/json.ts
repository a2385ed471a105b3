/**
 * JSON by the rules of Go's encoding/json, which configs were written for: duplicate keys are kept (the reader decides), numbers
 * keep their text, and syntax errors have Go's sentences.
 */

import { parsePrinted } from './json-as-printed.ts'
import { type Cursor, invalid, invalidInside, next, parseNumber, parseString } from './json-token.ts'

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
export const parseJson = (source: Uint8Array | string): GoValue => parsePrinted(source, DEPTH) ?? parseAny(source)

const parseAny = (source: Uint8Array | string): GoValue => {
  // One character a byte: Go names the offending byte, and the grammar is ASCII.
  const text = Buffer.from(source).toString('latin1')
  const cursor: Cursor = { text, at: 0, depth: 0 }
  const value = parseValue(cursor)
  const trailing = next(cursor)
  if (trailing !== undefined) throw invalid(trailing, 'after top-level value')
  return value
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
    if (character !== expected) throw invalidInside(character, `in literal ${word} (expecting '${expected}')`)
    cursor.at += 1
  }
  return value
}
