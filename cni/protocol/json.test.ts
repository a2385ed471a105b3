import t from 'tap'
import { type GoValue, parseJson } from './json.ts'

/** As plain JavaScript, for comparing. */
const plain = (value: GoValue): unknown => {
  if (value.kind === 'array') return value.items.map(plain)
  if (value.kind === 'object') return Object.fromEntries(value.entries.map(([key, each]) => [key, plain(each)]))
  if (value.kind === 'number') return Number(value.text)
  return value.kind === 'null' ? null : value.value
}

t.test('a document means what JSON says', async (t) => {
  const text = ' {"a": [1, -2.5e3, 0], "b": {"c": null, "d": true, "e": false}, "f": "x\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00 é"} '
  t.same(plain(parseJson(text)), JSON.parse(text))
})

t.test('numbers keep their text and keys their repetitions', async (t) => {
  t.same(parseJson('{"a":1.50,"A":9007199254740993}'), {
    kind: 'object',
    entries: [
      ['a', { kind: 'number', text: '1.50' }],
      ['A', { kind: 'number', text: '9007199254740993' }],
    ],
  })
})

t.test('what is no Unicode becomes the replacement character', async (t) => {
  t.equal(plain(parseJson('"\\ud800x"')), '\ufffdx')
  t.equal(plain(parseJson(Uint8Array.of(0x22, 0xff, 0x22))), '\ufffd')
})

t.test('syntax errors have the sentences of Go', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['[1,', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{1}', "invalid character '1' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-a', "invalid character 'a' in numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['tru', "invalid character ' ' in literal true (expecting 'e')"],
    ['nul!', "invalid character '!' in literal null (expecting 'l')"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
    ['\x01', "invalid character '\\x01' looking for beginning of value"],
  ]
  for (const [text, message] of cases) t.throws(() => parseJson(text), { message }, text)
})

t.test('nesting has a bound', async (t) => {
  t.doesNotThrow(() => parseJson('['.repeat(1000) + ']'.repeat(1000)))
  t.throws(() => parseJson('['.repeat(1001) + ']'.repeat(1001)), { message: 'exceeded max depth' })
  t.throws(() => parseJson('{"a":'.repeat(1_000_000)), { message: 'exceeded max depth' })
})
