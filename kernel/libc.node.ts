/** libc for Node.js, through koffi: prebuilt for every platform we ship to, maintained, 12 µs per netlink round trip. */
import koffi from 'koffi'
import type { Libc } from './libc.ts'
import { beginByNode, executeByNode, spawnByNode } from './spawn.node.ts'

const library = koffi.load('libc.so.6')

/** Wraps a C function whose failure is -1 with errno set, so that the failure is `-errno`. */
const call = (prototype: string): ((...parameters: unknown[]) => number) => {
  const native = library.func(prototype)
  return (...parameters) => {
    const result = Number(native(...parameters))
    return result < 0 ? -koffi.errno() : result
  }
}

const socket = call('int socket(int domain, int type, int protocol)')
const bind = call('int bind(int fd, const uint8_t *address, uint32_t length)')
const getsockname = call('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)')
const setsockopt = call('int setsockopt(int fd, int level, int option, const int32_t *value, uint32_t length)')
const getsockopt = call('int getsockopt(int fd, int level, int option, _Out_ int32_t *value, _Inout_ uint32_t *length)')
const send = call('int64_t send(int fd, const uint8_t *data, uint64_t length, int flags)')
const recv = call('int64_t recv(int fd, uint8_t *data, uint64_t length, int flags)')
const setns = call('int setns(int fd, int type)')
const getrandom = call('int64_t getrandom(_Out_ uint8_t *into, uint64_t length, uint32_t flags)')
const flock = call('int flock(int fd, int operation)')
const statfs = call('int statfs(const char *path, uint8_t *out)')

/** struct statfs is 120 bytes on 64-bit Linux; f_type is its first word. */
const STATFS_SIZE = 120

export const libc: Libc = {
  socket,
  bind: (fd, address) => bind(fd, address, address.length),
  getsockname: (fd, address) => getsockname(fd, address, [address.length]),
  setsockopt: (fd, level, option, value) => setsockopt(fd, level, option, [value], 4),
  getsockopt: (fd, level, option, value) => getsockopt(fd, level, option, value, [4]),
  send: (fd, data, flags) => send(fd, data, data.length, flags),
  recv: (fd, into, flags) => recv(fd, into, into.length, flags),
  setns,
  getrandom: (into) => getrandom(into, into.length, 0),
  flock,
  spawn: spawnByNode,
  begin: beginByNode,
  execute: executeByNode,
  statfsType: (path) => {
    const out = Buffer.alloc(STATFS_SIZE)
    const result = statfs(path, out)
    return result < 0 ? result : out.readUInt32LE(0)
  },
}
