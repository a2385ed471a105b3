import t from 'tap'
import { bytesOf, encode } from './protobuf.ts'

t.test('the specification’s examples', async (t) => {
  t.equal(encode({ 1: 150 }).toString('hex'), '089601')
  t.equal(encode({ 2: 'testing' }).toString('hex'), '120774657374696e67')
  t.equal(encode({ 3: { 1: 150 } }).toString('hex'), '1a03089601')
})

t.test('lists repeat their field, and what is empty is left out', async (t) => {
  t.equal(encode({ 1: [{ 1: 1 }, { 1: 2 }], 2: '', 3: 0 }).toString('hex'), '0a0208010a020802')
})

t.test('a text or message is found among other fields', async (t) => {
  const message = encode({ 1: 300, 2: 'a', 3: { 1: 'b' } })
  t.equal(bytesOf(message, 2)?.toString(), 'a')
  t.equal(bytesOf(bytesOf(message, 3) ?? Buffer.alloc(0), 1)?.toString(), 'b')
  t.equal(bytesOf(message, 4), undefined)
})
