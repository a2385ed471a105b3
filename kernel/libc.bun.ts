/** libc for Bun executables, through bun:ffi, which is part of the runtime: 1 ms to open, no file beside the executable. */
import { calls, errno } from './bun-fs/calls.ts'
import type { Libc } from './libc.ts'

const checked = (result: number): number => (result < 0 ? -errno() : result)

/** struct statfs is 120 bytes on 64-bit Linux; f_type is its first word. */
const STATFS_SIZE = 120

export const libc: Libc = {
  socket: (domain, type, protocol) => checked(calls.socket(domain, type, protocol)),
  bind: (fd, address) => checked(calls.bind(fd, address, address.length)),
  getsockname: (fd, address) => checked(calls.getsockname(fd, address, new Uint32Array([address.length]))),
  setsockopt: (fd, level, option, value) => checked(calls.setsockopt(fd, level, option, new Int32Array([value]), 4)),
  getsockopt: (fd, level, option, value) => checked(calls.getsockopt(fd, level, option, value, new Uint32Array([4]))),
  send: (fd, data, flags) => checked(calls.send(fd, data, data.length, flags)),
  recv: (fd, into, flags) => checked(calls.recv(fd, into, into.length, flags)),
  setns: (fd, type) => checked(calls.setns(fd, type)),
  flock: (fd, operation) => checked(calls.flock(fd, operation)),
  statfsType: (path) => {
    const out = new Uint32Array(STATFS_SIZE / 4)
    const result = checked(calls.statfs(Buffer.from(`${path}\0`), out))
    return result < 0 ? result : (out[0] ?? 0)
  },
}
