import t from 'tap'
import { compactPrint, goQuote, prettyPrint } from './text.ts'

t.test('JSON is indented by four spaces, without a final newline, and escaped as Go escapes it', async (t) => {
  t.equal(
    prettyPrint({ a: [1], b: '<&>\u2028\u2029' }),
    '{\n    "a": [\n        1\n    ],\n    "b": "\\u003c\\u0026\\u003e\\u2028\\u2029"\n}',
  )
  t.equal(compactPrint({ a: '<' }), '{"a":"\\u003c"}')
})

t.test('quoted texts are those of %q', async (t) => {
  t.equal(goQuote('mynet'), '"mynet"')
  t.equal(goQuote('a"b\\c\n\t\x01\x7f é\u00a0\u200b😀'), '"a\\"b\\\\c\\n\\t\\x01\\x7f é\\u00a0\\u200b😀"')
  t.equal(goQuote('\u{e0001}'), '"\\U000e0001"')
})
