import t from 'tap'
import { LineSplitter } from './lines.ts'

const split = (chunks: readonly (string | Buffer)[], limit?: number): string[] => {
  const splitter = new LineSplitter(limit)
  return chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))].map((line) => line.toString('utf8')))
}

t.test('lines are the same however the bytes are cut', async (t) => {
  const text = '{"a":1}\n{"b":"ä€😀"}\n\n{"c":3}\n'
  const bytes = Buffer.from(text)
  const expected = ['{"a":1}', '{"b":"ä€😀"}', '{"c":3}']
  t.strictSame(split([text]), expected)
  for (let size = 1; size < bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
    t.strictSame(split(chunks), expected, `${size} bytes at a time`)
  }
})

t.test('a line counts when its newline has come', async (t) => {
  const splitter = new LineSplitter()
  t.strictSame([...splitter.push(Buffer.from('half'))], [])
  t.equal(splitter.unfinished, true)
  t.strictSame([...splitter.push(Buffer.from(' a line\n'))].map(String), ['half a line'])
  t.equal(splitter.unfinished, false)
})

t.test('a line over the limit is refused, in one chunk or in many, and before it has ended', async (t) => {
  t.strictSame(split(['12345\n', '12345\n'], 5), ['12345', '12345'])
  t.throws(() => split(['123456\n'], 5), { name: 'Failure', reason: 'garbage', message: 'a line is longer than 5 bytes' })
  t.throws(() => split(['123', '456'], 5), { name: 'Failure', reason: 'garbage' })
})

t.test('the lines before one that is too long are still given', async (t) => {
  const lines = new LineSplitter(5).push(Buffer.from('first\nsecond\n'))
  t.equal(String(lines.next().value), 'first')
  t.throws(() => lines.next(), { name: 'Failure', reason: 'garbage' })
})
