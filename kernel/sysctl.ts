/** Kernel parameters of a network namespace: the files below /proc/sys. */
import { readFileSync, writeFileSync } from 'node:fs'
import { KernelError } from './errno.ts'
import { inNamespace, type Namespace } from './namespace.ts'

/**
 * Parameters are named by their path below /proc/sys, with slashes, e.g. `net/ipv4/conf/eth0/arp_notify`: device names may contain
 * dots. Values are text without the final newline. Failures are Node's file system errors (ENOENT: no such parameter in this
 * kernel or namespace; EINVAL: no such value; EROFS: /proc/sys is mounted read-only), or KernelError EINVAL for a path that would
 * leave /proc/sys.
 */
export interface Sysctls {
  read(path: string): string
  write(path: string, value: string): void
  /** Writes `value` unless it is there; whether it wrote. */
  ensure(path: string, value: string): boolean
}

/** The parameters of `namespace`, by default the calling thread's. Keeps nothing open; `namespace` must stay open. */
export const openSysctls = (namespace?: Namespace): Sysctls => {
  // What /proc/sys/net shows follows the thread that opens the file.
  const inside = <T>(action: () => T): T => (namespace === undefined ? action() : inNamespace(namespace, action))
  return {
    read: (path) => {
      const file = fileOf(path)
      return inside(() => readValue(file))
    },
    write: (path, value) => {
      const file = fileOf(path)
      inside(() => writeFileSync(file, value))
    },
    ensure: (path, value) => {
      const file = fileOf(path)
      return inside(() => writeIfDifferent(file, value))
    },
  }
}

const EINVAL = 22

/** The file of a parameter. Every component must be a plain name, so that no device name can point elsewhere. */
const fileOf = (path: string): string => {
  const plain = path.split('/').every((component) => component !== '' && component !== '.' && component !== '..')
  if (!plain || path.includes('\0')) throw new KernelError(`sysctl ${JSON.stringify(path)}`, EINVAL)
  return `/proc/sys/${path}`
}

const readValue = (file: string): string => {
  const text = readFileSync(file, 'utf8')
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

const writeIfDifferent = (file: string, value: string): boolean => {
  if (readValue(file) === value) return false
  writeFileSync(file, value)
  return true
}
