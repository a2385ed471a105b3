/** libc for Bun executables, through bun:ffi, which is part of the runtime: 1 ms to open, no file beside the executable. */
/// <reference path="../node_modules/bun-types/ffi.d.ts" />
import { dlopen, type Pointer, read } from 'bun:ffi'
import type { Libc } from './libc.ts'

const { symbols } = dlopen('libc.so.6', {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
  send: { args: ['i32', 'ptr', 'usize', 'i32'], returns: 'i64' },
  recv: { args: ['i32', 'ptr', 'usize', 'i32'], returns: 'i64' },
  setns: { args: ['i32', 'i32'], returns: 'i32' },
  flock: { args: ['i32', 'i32'], returns: 'i32' },
  statfs: { args: ['cstring', 'ptr'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
})

/** The address of this thread's errno never changes. */
const errnoLocation = symbols.__errno_location() ?? 0

const checked = (result: number | bigint): number => {
  const value = Number(result)
  return value < 0 ? -read.i32(errnoLocation as Pointer, 0) : value
}

/** struct statfs is 120 bytes on 64-bit Linux; f_type is its first word. */
const STATFS_SIZE = 120

export const libc: Libc = {
  socket: (domain, type, protocol) => checked(symbols.socket(domain, type, protocol)),
  bind: (fd, address) => checked(symbols.bind(fd, address, address.length)),
  getsockname: (fd, address) => checked(symbols.getsockname(fd, address, new Uint32Array([address.length]))),
  setsockopt: (fd, level, option, value) => checked(symbols.setsockopt(fd, level, option, new Int32Array([value]), 4)),
  getsockopt: (fd, level, option, value) => checked(symbols.getsockopt(fd, level, option, value, new Uint32Array([4]))),
  send: (fd, data, flags) => checked(symbols.send(fd, data, data.length, flags)),
  recv: (fd, into, flags) => checked(symbols.recv(fd, into, into.length, flags)),
  setns: (fd, type) => checked(symbols.setns(fd, type)),
  flock: (fd, operation) => checked(symbols.flock(fd, operation)),
  statfsType: (path) => {
    const out = new Uint32Array(STATFS_SIZE / 4)
    const result = checked(symbols.statfs(Buffer.from(`${path}\0`), out))
    return result < 0 ? result : (out[0] ?? 0)
  },
}
