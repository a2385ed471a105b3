/**
 * JSON (RFC 8259) with what JSON.parse lacks for a configuration file: errors by line and column, a bounded depth, and numbers that
 * come out as they were written. Object keys keep their order; of a repeated key the last value counts, as in Go.
 */
export type JsonValue = null | boolean | number | string | RawNumber | readonly JsonValue[] | JsonObject
export type JsonObject = { readonly [key: string]: JsonValue }

/** A number that JavaScript would write differently (`1500.0`, twenty digits); JSON.stringify gives its own text back. */
export interface RawNumber {
  readonly rawJSON: string
}

export class JsonSyntaxError extends SyntaxError {
  override readonly name = 'JsonSyntaxError'
  /** Without the place. */
  readonly reason: string
  /** Counted from 1. */
  readonly line: number
  readonly column: number

  constructor(text: string, offset: number, reason: string) {
    const before = text.slice(0, offset).split('\n')
    const [line, column] = [before.length, (before.at(-1) ?? '').length + 1]
    super(`line ${line}, column ${column}: ${reason}`)
    this.reason = reason
    this.line = line
    this.column = column
  }
}

/** The value of a JSON text. @throws JsonSyntaxError */
export const parseJson = (text: string): JsonValue => {
  const cursor = { text, offset: text.startsWith('\ufeff') ? 1 : 0 }
  const value = readValue(cursor, 0)
  if (peek(cursor) !== '') throw unexpected(cursor, 'the end of the text')
  return value
}

interface Cursor {
  readonly text: string
  offset: number
}

const MAX_DEPTH = 64
const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\]+|\\.)*"/sy
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])/y
const WORD = /(?:true|false|null)(?!\w)/y

const readValue = (cursor: Cursor, depth: number): JsonValue => {
  if (depth > MAX_DEPTH) throw new JsonSyntaxError(cursor.text, cursor.offset, `nested deeper than ${MAX_DEPTH} levels`)
  const character = peek(cursor)
  if (character === '{') return readObject(cursor, depth)
  if (character === '[') return readArray(cursor, depth)
  if (character === '"') return readString(cursor)
  const word = take(cursor, WORD)
  if (word !== undefined) return JSON.parse(word) as JsonValue
  const number = take(cursor, NUMBER)
  if (number !== undefined) return numberOf(number)
  throw unexpected(cursor, 'a value')
}

const readObject = (cursor: Cursor, depth: number): JsonObject => {
  const entries: [string, JsonValue][] = []
  cursor.offset++
  while (peek(cursor) !== '}' || entries.length > 0) {
    if (peek(cursor) !== '"') throw unexpected(cursor, entries.length > 0 ? 'a key in double quotes' : 'a key in double quotes or "}"')
    const key = readString(cursor)
    if (peek(cursor) !== ':') throw unexpected(cursor, '":"')
    cursor.offset++
    entries.push([key, readValue(cursor, depth + 1)])
    if (peek(cursor) === '}') break
    if (peek(cursor) !== ',') throw unexpected(cursor, '"," or "}"')
    cursor.offset++
  }
  cursor.offset++
  return Object.fromEntries(entries)
}

const readArray = (cursor: Cursor, depth: number): readonly JsonValue[] => {
  const items: JsonValue[] = []
  cursor.offset++
  while (peek(cursor) !== ']' || items.length > 0) {
    items.push(readValue(cursor, depth + 1))
    if (peek(cursor) === ']') break
    if (peek(cursor) !== ',') throw unexpected(cursor, '"," or "]"')
    cursor.offset++
  }
  cursor.offset++
  return items
}

const readString = (cursor: Cursor): string => {
  const { text, offset } = cursor
  const token = take(cursor, STRING)
  if (token === undefined) throw new JsonSyntaxError(text, offset, 'this string does not end')
  try {
    return JSON.parse(token) as string
  } catch {
    throw new JsonSyntaxError(text, offset, 'this string holds an illegal escape, or a line feed or another control character')
  }
}

/** The next character that is not white space, empty at the end; the cursor stands on it. */
const peek = (cursor: Cursor): string => {
  take(cursor, SPACE)
  return cursor.text[cursor.offset] ?? ''
}

const take = (cursor: Cursor, token: RegExp): string | undefined => {
  token.lastIndex = cursor.offset
  const [found] = token.exec(cursor.text) ?? []
  cursor.offset += found?.length ?? 0
  return found
}

const unexpected = ({ text, offset }: Cursor, expected: string): JsonSyntaxError => {
  const found = /[\w.+-]{1,20}|./suy
  found.lastIndex = offset
  const [token] = found.exec(text) ?? []
  return new JsonSyntaxError(
    text,
    offset,
    `expected ${expected}, found ${token === undefined ? 'the end of the text' : JSON.stringify(token)}`,
  )
}

const numberOf = (text: string): number | RawNumber => {
  const value = Number(text)
  return JSON.stringify(value) === text ? value : rawJson(text)
}

// JSON.rawJSON (ECMAScript proposal "JSON.parse source text access", in V8) is not in TypeScript's library yet.
const rawJson = (text: string): RawNumber => (JSON as unknown as { rawJSON(text: string): RawNumber }).rawJSON(text)
