/** libc for Bun executables, through the foreign function interface that is part of the runtime: no file beside the executable. */
import { AT_FDCWD, addressOf, call, errno } from './bun-fs/calls.ts'
import { executeByLibc } from './bun-fs/execute.ts'
import { SYS } from './bun-fs/numbers.ts'
import { beginByLibc, spawnByLibc } from './bun-fs/spawn.ts'
import type { Libc } from './libc.ts'

const checked = (result: number): number => (result < 0 ? -errno() : result)

/** struct statfs is 120 bytes on 64-bit Linux; f_type is its first word. */
const STATFS_SIZE = 120

/** To ask about a file without reading it. */
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000

export const libc: Libc = {
  socket: (domain, type, protocol) => checked(call(SYS.socket, domain, type, protocol)),
  bind: (fd, address) => checked(call(SYS.bind, fd, address, address.length)),
  getsockname: (fd, address) => checked(call(SYS.getsockname, fd, address, new Uint32Array([address.length]))),
  setsockopt: (fd, level, option, value) => checked(call(SYS.setsockopt, fd, level, option, new Int32Array([value]), 4)),
  getsockopt: (fd, level, option, value) => checked(call(SYS.getsockopt, fd, level, option, value, new Uint32Array([4]))),
  send: (fd, data, flags) => checked(call(SYS.sendto, fd, data, data.length, flags)),
  recv: (fd, into, flags) => checked(call(SYS.recvfrom, fd, into, into.length, flags)),
  setns: (fd, type) => checked(call(SYS.setns, fd, type)),
  getrandom: (into) => checked(call(SYS.getrandom, addressOf(into), into.length, 0)),
  flock: (fd, operation) => checked(call(SYS.flock, fd, operation)),
  spawn: spawnByLibc,
  begin: beginByLibc,
  execute: executeByLibc,
  statfsType: (path) => {
    const fd = checked(call(SYS.openat, AT_FDCWD, Buffer.from(`${path}\0`), O_PATH | O_CLOEXEC))
    if (fd < 0) return fd
    const out = new Uint32Array(STATFS_SIZE / 4)
    const result = checked(call(SYS.fstatfs, fd, out))
    call(SYS.close, fd)
    return result < 0 ? result : (out[0] ?? 0)
  },
}
