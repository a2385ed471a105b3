import fs, { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { copyDurably } from './copy-file.ts'

const MIB = 1 << 20
const bytesOf = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff))

t.test('a copy has the same bytes, and the mode that was asked for', async (t) => {
  for (const length of [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 5]) {
    const folder = t.testdir()
    const content = bytesOf(length)
    writeFileSync(`${folder}/from`, content)
    copyDurably(fs, { from: `${folder}/from`, to: `${folder}/to`, mode: 0o755 })
    t.ok(readFileSync(`${folder}/to`).equals(content), `${length} bytes`)
    t.equal(statSync(`${folder}/to`).mode & 0o7777, 0o755)
  }
})

t.test('it is written in the largest pieces, and forced to disk when all are there', async (t) => {
  const folder = t.testdir()
  writeFileSync(`${folder}/from`, bytesOf(20 * MIB))
  const calls: (string | number)[] = []
  const recording = {
    ...fs,
    writeSync: (descriptor: number, bytes: Uint8Array, offset: number) => {
      calls.push(bytes.length - offset)
      return fs.writeSync(descriptor, bytes, offset)
    },
    fsyncSync: (descriptor: number) => {
      calls.push('sync')
      fs.fsyncSync(descriptor)
    },
  } as typeof fs
  copyDurably(recording, { from: `${folder}/from`, to: `${folder}/to`, mode: 0o755 })
  t.same(calls, [8 * MIB, 8 * MIB, 4 * MIB, 'sync'])
})

t.test('reads and writes that do only a part are gone on with', async (t) => {
  const folder = t.testdir()
  const content = bytesOf(3 * MIB)
  writeFileSync(`${folder}/from`, content)
  const slow = {
    ...fs,
    readSync: (descriptor: number, into: Uint8Array, offset: number, length: number) =>
      fs.readSync(descriptor, into, offset, Math.min(length, 700_001), null),
    writeSync: (descriptor: number, bytes: Uint8Array, offset: number) =>
      fs.writeSync(descriptor, bytes, offset, Math.min(bytes.length - offset, 900_007)),
  } as typeof fs
  copyDurably(slow, { from: `${folder}/from`, to: `${folder}/to`, mode: 0o700 })
  t.ok(readFileSync(`${folder}/to`).equals(content))
})

t.test('nothing is written over, and a failure keeps its code', async (t) => {
  const folder = t.testdir({ from: 'new', to: 'old' })
  t.throws(() => copyDurably(fs, { from: `${folder}/from`, to: `${folder}/to`, mode: 0o755 }), { code: 'EEXIST' })
  t.equal(readFileSync(`${folder}/to`, 'utf8'), 'old')
  mkdirSync(`${folder}/folder`)
  t.throws(() => copyDurably(fs, { from: `${folder}/folder`, to: `${folder}/other`, mode: 0o755 }), { code: 'EISDIR' })
  t.throws(() => copyDurably(fs, { from: `${folder}/missing`, to: `${folder}/another`, mode: 0o755 }), { code: 'ENOENT' })
})
