import t from 'tap'
import { parseJson } from './json.ts'
import { parsePrinted } from './json-as-printed.ts'

const DEPTH = 1000
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

t.test('a document as JSON.stringify prints it means what our own parser reads', async (t) => {
  const document = {
    name: 'net é 😀',
    7: [1, -2.5, 1e21, 0, true, false, null, {}, []],
    plugins: [{ type: 'x', toJSON: 1, ['__proto__']: { a: '\u2028 <&>\u007f' } }],
    b: '',
    a: { Name: 1, name: 2 },
  }
  for (const text of [JSON.stringify(document), JSON.stringify(document, undefined, 4)]) {
    const value = parsePrinted(text, DEPTH)
    t.not(value, undefined)
    // A blank more, and it is our own parser's.
    t.strictSame(value, parseJson(` ${text}`))
    t.strictSame(parsePrinted(bytes(text), DEPTH), value)
  }
})

t.test('numbers keep their text', async (t) => {
  t.strictSame(parsePrinted('{"a":1e+21}', DEPTH), { kind: 'object', entries: [['a', { kind: 'number', text: '1e+21' }]] })
})

t.test('a byte that is no UTF-8 becomes U+FFFD, as in our own parser', async (t) => {
  const source = Uint8Array.of(0x7b, 0x22, 0x61, 0xff, 0xe2, 0x82, 0x22, 0x3a, 0x31, 0x7d)
  const spaced = Uint8Array.of(0x20, ...source)
  t.strictSame(parsePrinted(source, DEPTH), { kind: 'object', entries: [['a\ufffd\ufffd', { kind: 'number', text: '1' }]] })
  t.strictSame(parsePrinted(source, DEPTH), parseJson(spaced))
})

t.test('every other text is left to our own parser', async (t) => {
  const texts = [
    '',
    '{',
    '{}',
    'x',
    '[1]',
    '"a"',
    ' {"a":1}',
    '{"a":1}\n',
    '\ufeff{"a":1}',
    '{"a": 1}',
    '{"a":1,"a":2}',
    '{"b":1,"1":2}',
    '{"a":1.50}',
    '{"a":-0}',
    '{"a":1E3}',
    '{"a":9007199254740993}',
    '{"a":"\\u0062"}',
    '{"a":"\\ud800"}',
    '{"a":"\ud800"}',
    '{"a":"x\\ny"}',
    '{"a":"x\ny"}',
    '{"a":1',
    '{"a":1}}',
    '{"a":\'b\'}',
    '{\n  "a": 1\n}',
  ]
  for (const text of texts) t.equal(parsePrinted(text, DEPTH), undefined, JSON.stringify(text))
})

t.test('what is nested too deeply is left to our own parser, which says so', async (t) => {
  const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  t.not(parsePrinted(nested(DEPTH), DEPTH), undefined)
  t.equal(parsePrinted(nested(DEPTH + 1), DEPTH), undefined)
  t.equal(parsePrinted(nested(100_000), DEPTH), undefined)
  t.not(parseJson(nested(DEPTH)), undefined)
  t.throws(() => parseJson(nested(DEPTH + 1)), { message: 'exceeded max depth' })
})
