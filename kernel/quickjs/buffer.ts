/**
 * Node's Buffer as far as the programs use it: bytes with the texts and numbers in them. What is not there is not called: the programs are run under
 * QuickJS by their own tests.
 *
 * @see https://nodejs.org/api/buffer.html
 */
import type { Native } from './native.ts'

declare const native: Native

const addressAt = (view: Uint8Array, at: number): number => native.bufferAddress(view.buffer) + view.byteOffset + at

const textBy =
  (decode: (address: number, length: number) => string) =>
  (view: Uint8Array, start: number, end: number): string => {
    const address = addressAt(view, start)
    if (!native.hasNul(address, end - start)) return decode(address, end - start)
    let text = ''
    for (let at = start; at < end; ) {
      let stop = at
      while (stop < end && view[stop] !== 0) stop++
      text += decode(addressAt(view, at), stop - at)
      if (stop < end) text += '\0'
      at = stop + 1
    }
    return text
  }
const utf8Length = (text: string): number =>
  text.includes('\0') ? text.split('\0').reduce((sum, part) => sum + 1 + native.utf8Length(part), -1) : native.utf8Length(text)
const utf8Write = (text: string, view: Uint8Array, at: number): number => {
  if (!text.includes('\0')) return native.utf8Write(text, addressAt(view, at), view.length - at)
  let to = at
  for (const [index, part] of text.split('\0').entries()) {
    if (index > 0 && to < view.length) view[to++] = 0
    to += native.utf8Write(part, addressAt(view, to), view.length - to)
  }
  return to - at
}

/** Without the functions of its own that Buffer has under the same names. */
const Bytes: {
  new (size: number): Uint8Array
  new (memory: ArrayBufferLike, offset?: number, size?: number): Uint8Array
} = Uint8Array

export class SlimBuffer extends Bytes {
  static alloc(size: number): SlimBuffer {
    return new SlimBuffer(size)
  }

  static allocUnsafe(size: number): SlimBuffer {
    return new SlimBuffer(size)
  }

  static allocUnsafeSlow(size: number): SlimBuffer {
    return new SlimBuffer(size)
  }

  static byteLength(text: string): number {
    return utf8Length(text)
  }

  static concat(parts: readonly Uint8Array[]): SlimBuffer {
    let size = 0
    for (const part of parts) size += part.length
    const whole = new SlimBuffer(size)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  /** Of a text, a copy of bytes, or a view of all of an ArrayBuffer's memory. */
  static from(source: string | ArrayLike<number> | ArrayBuffer, encoding: string = 'utf8'): SlimBuffer {
    if (typeof source === 'string') return encodingOf(ENCODE, encoding)(source)
    if (source instanceof ArrayBuffer) return new SlimBuffer(source)
    const copy = new SlimBuffer(source.length)
    copy.set(source)
    return copy
  }

  static of(...bytes: readonly number[]): SlimBuffer {
    return SlimBuffer.from(bytes)
  }

  /** Shares the memory. */
  override subarray(start = 0, end = this.length): SlimBuffer {
    const first = Math.min(start < 0 ? Math.max(this.length + start, 0) : start, this.length)
    const last = Math.min(end < 0 ? this.length + end : end, this.length)
    return new SlimBuffer(this.buffer, this.byteOffset + first, Math.max(last - first, 0))
  }

  override toString(encoding = 'utf8', start = 0, end = this.length): string {
    const last = Math.min(end, this.length)
    return start >= last ? '' : encodingOf(DECODE, encoding)(this, Math.max(start, 0), last)
  }

  /** UTF-8; whole characters only. @returns the bytes */
  write(text: string, at = 0): number {
    return utf8Write(text, this, at)
  }

  override includes(part: number | Uint8Array): boolean {
    if (typeof part === 'number') return super.includes(part)
    for (let at = 0; at + part.length <= this.length; at++) if (this.subarray(at, at + part.length).equals(part)) return true
    return false
  }

  equals(other: Uint8Array): boolean {
    if (other.length !== this.length) return false
    for (let index = 0; index < this.length; index++) if (this[index] !== other[index]) return false
    return true
  }

  readUInt8(at = 0): number {
    return this[within(this, at, 1)] ?? 0
  }

  readUInt16LE(at = 0): number {
    within(this, at, 2)
    return (this[at] ?? 0) | ((this[at + 1] ?? 0) << 8)
  }

  readUInt16BE(at = 0): number {
    within(this, at, 2)
    return ((this[at] ?? 0) << 8) | (this[at + 1] ?? 0)
  }

  readInt32LE(at = 0): number {
    within(this, at, 4)
    return (this[at] ?? 0) | ((this[at + 1] ?? 0) << 8) | ((this[at + 2] ?? 0) << 16) | ((this[at + 3] ?? 0) << 24)
  }

  readUInt32LE(at = 0): number {
    return this.readInt32LE(at) >>> 0
  }

  readUInt32BE(at = 0): number {
    within(this, at, 4)
    return (((this[at] ?? 0) << 24) | ((this[at + 1] ?? 0) << 16) | ((this[at + 2] ?? 0) << 8) | (this[at + 3] ?? 0)) >>> 0
  }

  readBigUInt64LE(at = 0): bigint {
    return viewOf(this).getBigUint64(at, true)
  }

  readBigInt64LE(at = 0): bigint {
    return viewOf(this).getBigInt64(at, true)
  }

  readBigUInt64BE(at = 0): bigint {
    return viewOf(this).getBigUint64(at)
  }

  writeUInt8(value: number, at = 0): number {
    this[within(this, at, 1)] = value
    return at + 1
  }

  writeUInt16LE(value: number, at = 0): number {
    within(this, at, 2)
    this[at] = value
    this[at + 1] = value >> 8
    return at + 2
  }

  writeUInt16BE(value: number, at = 0): number {
    within(this, at, 2)
    this[at] = value >> 8
    this[at + 1] = value
    return at + 2
  }

  writeUInt32LE(value: number, at = 0): number {
    within(this, at, 4)
    this[at] = value
    this[at + 1] = value >> 8
    this[at + 2] = value >> 16
    this[at + 3] = value >> 24
    return at + 4
  }

  writeInt32LE(value: number, at = 0): number {
    return this.writeUInt32LE(value, at)
  }

  writeUInt32BE(value: number, at = 0): number {
    within(this, at, 4)
    this[at] = value >> 24
    this[at + 1] = value >> 16
    this[at + 2] = value >> 8
    this[at + 3] = value
    return at + 4
  }

  writeBigUInt64LE(value: bigint, at = 0): number {
    viewOf(this).setBigUint64(at, value, true)
    return at + 8
  }

  writeBigInt64LE(value: bigint, at = 0): number {
    viewOf(this).setBigInt64(at, value, true)
    return at + 8
  }

  writeBigUInt64BE(value: bigint, at = 0): number {
    viewOf(this).setBigUint64(at, value)
    return at + 8
  }
}

const HEX_DIGITS = /^(?:[0-9a-f]{2})*/i

const ENCODE: Readonly<Record<string, (text: string) => SlimBuffer>> = {
  utf8: (text) => {
    const bytes = new SlimBuffer(utf8Length(text))
    utf8Write(text, bytes, 0)
    return bytes
  },
  latin1: (text) => {
    const bytes = new SlimBuffer(text.length)
    for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
    return bytes
  },
  hex: (text) => {
    const [digits = ''] = HEX_DIGITS.exec(text) ?? []
    const bytes = new SlimBuffer(digits.length / 2)
    for (let index = 0; index < bytes.length; index++) bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16)
    return bytes
  },
}

const DECODE: Readonly<Record<string, (bytes: Uint8Array, start: number, end: number) => string>> = {
  utf8: textBy(native.utf8Text),
  latin1: textBy(native.latin1Text),
  hex: (bytes, start, end) => {
    let digits = ''
    for (let index = start; index < end; index++) digits += (bytes[index] ?? 0).toString(16).padStart(2, '0')
    return digits
  },
}

const encodingOf = <T>(table: Readonly<Record<string, T>>, name: string): T => {
  const encoding = Object.hasOwn(table, name) ? table[name] : undefined
  if (encoding === undefined) throw new TypeError(`unknown encoding: ${name}`)
  return encoding
}

/** @returns `at` @throws RangeError where a number would go beyond the bytes */
const within = (bytes: Uint8Array, at: number, size: number): number => {
  if (!(at >= 0 && at + size <= bytes.length)) throw new RangeError(`${size} bytes at ${at} of ${bytes.length}`)
  return at
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
