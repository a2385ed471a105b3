import t from 'tap'
import { alignSegments } from './align-segments.ts'

const PT_LOAD = 1
const PT_TLS = 7
const PT_GNU_STACK = 0x6474e551

interface Header {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly bytes: number
  readonly alignment: number
}

/** An ELF file of so many bytes with these program headers, and section headers at its end. */
const elf = (headers: readonly Header[], bytes: number): Buffer => {
  const file = Buffer.alloc(bytes)
  file.write('\x7fELF', 'latin1')
  file.writeBigUInt64LE(64n, 32)
  file.writeBigUInt64LE(BigInt(bytes - 16), 40)
  for (const [offset, value] of Object.entries({ 54: 56, 56: headers.length, 58: 64, 60: 3, 62: 2 }))
    file.writeUInt16LE(value, Number(offset))
  for (const [index, header] of headers.entries()) {
    file.writeUInt32LE(header.type, 64 + 56 * index)
    const { offset, address, alignment } = header
    for (const [field, value] of Object.entries({ 8: offset, 16: address, 32: header.bytes, 40: header.bytes, 48: alignment }))
      file.writeBigUInt64LE(BigInt(value), 64 + 56 * index + Number(field))
  }
  return file
}

const headersOf = (file: Buffer): Header[] =>
  Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const number = (field: number): number => Number(file.readBigUInt64LE(64 + 56 * index + field))
    return { type: file.readUInt32LE(64 + 56 * index), offset: number(8), address: number(16), bytes: number(32), alignment: number(48) }
  })

const LINKED = [
  { type: PT_LOAD, offset: 0, address: 0x200000, bytes: 0x1764, alignment: 0x1000 },
  { type: PT_LOAD, offset: 0x1d00, address: 0x202d00, bytes: 0x250, alignment: 0x1000 },
  { type: PT_LOAD, offset: 0x1f90, address: 0x603f90, bytes: 0x300, alignment: 0x1000 },
  { type: PT_TLS, offset: 0x1fa0, address: 0x603fa0, bytes: 0x20, alignment: 0x10 },
  { type: PT_GNU_STACK, offset: 0, address: 0, bytes: 0, alignment: 0 },
]

t.test('segments lie in the file as in memory, counted modulo 2 MiB, and what lies in one moves with it', async (t) => {
  const linked = elf(LINKED, 0x3000)
  linked.write('code', 0x1d00)
  linked.write('data', 0x1f90)
  linked.write('local', 0x1fa0)
  const before = Buffer.from(linked)
  const aligned = alignSegments(linked)
  t.strictSame(headersOf(aligned), [
    { type: PT_LOAD, offset: 0, address: 0x200000, bytes: 0x1764, alignment: 0x200000 },
    { type: PT_LOAD, offset: 0x2d00, address: 0x202d00, bytes: 0x250, alignment: 0x200000 },
    { type: PT_LOAD, offset: 0x3f90, address: 0x603f90, bytes: 0x300, alignment: 0x200000 },
    { type: PT_TLS, offset: 0x3fa0, address: 0x603fa0, bytes: 0x20, alignment: 0x10 },
    { type: PT_GNU_STACK, offset: 0, address: 0, bytes: 0, alignment: 0 },
  ])
  t.equal(aligned.length, 0x3f90 + 0x300)
  t.equal(aligned.toString('latin1', 0x2d00, 0x2d04), 'code')
  t.equal(aligned.toString('latin1', 0x3f90, 0x3f94), 'data')
  t.equal(aligned.toString('latin1', 0x3fa0, 0x3fa5), 'local')
  t.same([aligned.readBigUInt64LE(40), aligned.readUInt16LE(60), aligned.readUInt16LE(62)], [0n, 0, 0], 'there are no section headers')
  t.strictSame(linked, before, 'the given one stays as it is')
})

t.test('a file that is aligned stays as it is', async (t) => {
  const aligned = alignSegments(elf(LINKED, 0x3000))
  t.strictSame(alignSegments(aligned), aligned)
})

t.test('a file whose first segment is not its beginning is refused', async (t) => {
  const [first, ...others] = LINKED.map((header) => ({ ...header, offset: header.offset + 0x1000 }))
  t.throws(() => alignSegments(elf(first === undefined ? others : [first, ...others], 0x4000)), { message: /is this another Bun\?/ })
})
