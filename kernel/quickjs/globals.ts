import { SlimBuffer } from './buffer.ts'
import type { Native } from './native.ts'

declare const native: Native

const environment = (): Record<string, string> => {
  const variables: Record<string, string> = Object.create(null)
  for (let index = 0; ; index++) {
    const variable = native.variable(index)
    if (variable === undefined) return variables
    const end = variable.indexOf('=')
    if (end > 0) variables[variable.slice(0, end)] ??= variable.slice(end + 1)
  }
}

const process = { argv0: '', env: {} as Record<string, string>, exit: native.exit }

export const wake = (): void => {
  process.argv0 = native.argument(0) ?? ''
  process.env = environment()
}

const wait = (_array: Int32Array, _index: number, _value: number, milliseconds: number): void => {
  const time = SlimBuffer.alloc(16)
  time.writeUInt32LE(Math.floor(milliseconds / 1000), 0)
  time.writeUInt32LE((milliseconds % 1000) * 1_000_000, 8)
  native.syscall(35, native.bufferAddress(time.buffer), 0, 0, 0, 0, 0)
}

Object.assign(globalThis, { Buffer: SlimBuffer, process, Atomics: { wait }, SharedArrayBuffer: ArrayBuffer })
