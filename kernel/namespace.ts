/** Network namespaces: opening one safely, and running synchronous code inside one. */
import { closeSync, openSync } from 'node:fs'
import { libc } from '#libc'
import { orThrow } from './errno.ts'

const CLONE_NEWNET = 0x40000000
/** include/uapi/linux/magic.h. A namespace is a file of nsfs; /proc appears on kernels before 3.19 only, kept as the reference does. */
const NSFS_MAGIC = 0x6e736673
const PROC_MAGIC = 0x9fa0

/** The file through which a thread names its own namespace; /proc/self would name the main thread's. */
const OWN_NAMESPACE = '/proc/thread-self/ns/net'

/** An open network namespace: a file descriptor that keeps it alive. Close it; a second time does nothing. */
export interface Namespace {
  readonly path: string
  readonly fd: number
  close(): void
}

/** Thrown when a path is a file, but not of a namespace file system. */
export class NotANamespaceError extends Error {
  override readonly name = 'NotANamespaceError'
  readonly magic: number
  constructor(path: string, magic: number) {
    super(`unknown FS magic on "${path}": ${magic.toString(16)}`)
    this.magic = magic
  }
}

/**
 * Opens a network namespace by path, e.g. `/run/netns/pod1`.
 * @throws KernelError (`failed to Statfs "PATH": …`) when the path cannot be read, NotANamespaceError when it is another kind of file
 */
export const openNamespace = (path: string): Namespace => {
  const magic = orThrow(`failed to Statfs "${path}"`, libc.statfsType(path))
  if (magic !== NSFS_MAGIC && magic !== PROC_MAGIC) throw new NotANamespaceError(path, magic)
  return namespaceAt(path)
}

/** Opens the calling thread's own network namespace. */
export const openOwnNamespace = (): Namespace => {
  try {
    return namespaceAt(OWN_NAMESPACE)
  } catch {
    // What the path is needs no asking; that it cannot be opened is said in the reference's words.
    return openNamespace(OWN_NAMESPACE)
  }
}

const namespaceAt = (path: string): Namespace => {
  const fd = openSync(path, 'r')
  let open = true
  const close = (): void => {
    // The number may be somebody else's by now.
    if (open) closeSync(fd)
    open = false
  }
  return { path, fd, close }
}

/**
 * Runs `action` with the calling thread inside `namespace`, and comes back even when it throws.
 * `action` must be synchronous: the event loop must never run with the thread in a foreign namespace.
 */
export const inNamespace = <T>(namespace: Namespace, action: () => T): T => {
  const home = openOwnNamespace()
  try {
    // Go's ns package says it twice.
    orThrow(`error switching to ns ${namespace.path}: Error switching to ns ${namespace.path}`, libc.setns(namespace.fd, CLONE_NEWNET))
    try {
      const result = action()
      if (result instanceof Promise) throw new TypeError('inNamespace takes synchronous actions only')
      return result
    } finally {
      // Going on in a stranger's namespace would program the wrong host: this failure hides every other.
      orThrow('error switching back to the original ns', libc.setns(home.fd, CLONE_NEWNET))
    }
  } finally {
    home.close()
  }
}
