/** As much of protobuf's wire format as talking to containerd takes. @see https://protobuf.dev/programming-guides/encoding/ */

/** Strings, nested messages and lists of them, numbers from 0, by field number; what is empty or 0 is left out. */
export interface Message {
  readonly [field: number]: string | number | Message | readonly Message[]
}

const VARINT = 0
const BYTES = 2

export const encode = (message: Message): Buffer =>
  Buffer.concat(
    Object.entries(message).flatMap(([field, value]) =>
      (Array.isArray(value) ? value : [value]).map((each) => encodeField(Number(field), each)),
    ),
  )

const encodeField = (field: number, value: string | number | Message): Buffer => {
  if (value === '' || value === 0) return Buffer.alloc(0)
  if (typeof value === 'number') return Buffer.concat([varint(field * 8 + VARINT), varint(value)])
  const bytes = typeof value === 'string' ? Buffer.from(value) : encode(value)
  return Buffer.concat([varint(field * 8 + BYTES), varint(bytes.length), bytes])
}

const varint = (value: number): Buffer => {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Buffer.from([...bytes, rest])
}

/** The last string, or nested message, in `field`; undefined when there is none. @throws RangeError for other wire types than these two */
export const bytesOf = (message: Buffer, field: number): Buffer | undefined => {
  let found: Buffer | undefined
  for (let at = 0; at < message.length; ) {
    const key = readVarint(message, at)
    const value = readVarint(message, key.end)
    if (![VARINT, BYTES].includes(key.value % 8)) throw new RangeError(`wire type ${key.value % 8} is not expected`)
    at = value.end
    if (key.value % 8 !== BYTES) continue
    at += value.value
    if (Math.floor(key.value / 8) === field) found = message.subarray(value.end, at)
  }
  return found
}

const readVarint = (bytes: Buffer, start: number): { readonly value: number; readonly end: number } => {
  let [value, scale, end] = [0, 1, start]
  for (;;) {
    const byte = bytes[end++] ?? 0
    value += (byte % 0x80) * scale
    scale *= 0x80
    if (byte < 0x80) return { value, end }
  }
}
