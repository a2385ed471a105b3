import t from 'tap'
import { JsonSyntaxError, parseJson } from './json.ts'

t.test('what JSON.parse accepts comes out the same', async (t) => {
  const texts = [
    '{}',
    '[]',
    ' [ 1 , -2.5 , 1e+21 , 0 , true , false , null , "a\\u00e4\\n\\"b" ] ',
    '{"a":{"b":[{"c":[]}]},"":"x","é":"\\ud83d\\ude00"}',
    '"\\/"',
    '3',
    'null',
    '{"__proto__":{"x":1}}',
  ]
  for (const text of texts) t.strictSame(parseJson(text), JSON.parse(text), text)
})

t.test('keys keep their order, and the last of a repeated key counts', async (t) => {
  t.equal(JSON.stringify(parseJson('{"z":1,"a":2,"m":3,"z":4}')), '{"z":4,"a":2,"m":3}')
})

t.test('a number is written again as it stood', async (t) => {
  const text = '{"a":1500.0,"b":12345678901234567890,"c":1E3,"d":-0,"e":1500}'
  t.equal(JSON.stringify(parseJson(text)), text)
})

t.test('a byte order mark is skipped', async (t) => {
  t.strictSame(parseJson('\ufeff{"a":1}'), { a: 1 })
})

const FAULTS: readonly (readonly [text: string, message: string])[] = [
  ['', 'line 1, column 1: expected a value, found the end of the text'],
  ['{\n  "a": 1,\n}', 'line 3, column 1: expected a key in double quotes, found "}"'],
  ['{\n  "a" 1\n}', 'line 2, column 7: expected ":", found "1"'],
  ['{"a": 1 "b": 2}', 'line 1, column 9: expected "," or "}", found "\\""'],
  ['{', 'line 1, column 2: expected a key in double quotes or "}", found the end of the text'],
  ['{a: 1}', 'line 1, column 2: expected a key in double quotes or "}", found "a"'],
  ['[1 2]', 'line 1, column 4: expected "," or "]", found "2"'],
  ['[1,]', 'line 1, column 4: expected a value, found "]"'],
  ['[1', 'line 1, column 3: expected "," or "]", found the end of the text'],
  ['{"a": tru}', 'line 1, column 7: expected a value, found "tru"'],
  ['{"a": truely}', 'line 1, column 7: expected a value, found "truely"'],
  ['[01]', 'line 1, column 2: expected a value, found "01"'],
  ['[1.]', 'line 1, column 2: expected a value, found "1."'],
  ['[+1]', 'line 1, column 2: expected a value, found "+1"'],
  ['[NaN]', 'line 1, column 2: expected a value, found "NaN"'],
  ["['a']", 'line 1, column 2: expected a value, found "\'"'],
  ['{} {}', 'line 1, column 4: expected the end of the text, found "{"'],
  ['// no\n{}', 'line 1, column 1: expected a value, found "/"'],
  ['["abc', 'line 1, column 2: this string does not end'],
  ['["a\nb"]', 'line 1, column 2: this string holds an illegal escape, or a line feed or another control character'],
  ['["\\x"]', 'line 1, column 2: this string holds an illegal escape, or a line feed or another control character'],
]

t.test('an error names line, column, what was expected and what was found', async (t) => {
  for (const [text, message] of FAULTS) {
    t.throws(() => JSON.parse(text), SyntaxError, `JSON.parse refuses it too: ${text}`)
    t.throws(() => parseJson(text), { name: 'JsonSyntaxError', message }, JSON.stringify(text))
  }
})

t.test('nesting is bounded', async (t) => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  t.ok(parseJson(nested(65)))
  t.throws(() => parseJson(nested(66)), { message: 'line 1, column 66: nested deeper than 64 levels' })
  t.throws(() => parseJson('['.repeat(1_000_000)), JsonSyntaxError)
})

t.test('a long string is read in linear time', async (t) => {
  t.equal((parseJson(`"${'\\n'.repeat(500_000)}"`) as string).length, 500_000)
  t.throws(() => parseJson(`"${'a\\n'.repeat(300_000)}`), { message: 'line 1, column 1: this string does not end' })
})
