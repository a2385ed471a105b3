/** What the plugin needs of the system, given by the composition root; and the two sides of an attachment, opened and closed. */
import { hasCode, reasonOf } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import type { Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import type { NetfilterEdges } from './netfilter/edges.ts'

export interface BridgeEdges {
  /** Opens a network namespace by path. @throws KernelError, NotANamespaceError */
  openNamespace(path: string): Namespace
  openOwnNamespace(): Namespace
  openRtnetlink(namespace?: Namespace): Rtnetlink
  openSysctls(namespace?: Namespace): Sysctls
  readonly netfilter: NetfilterEdges
  /** Bytes that nobody can guess. */
  randomBytes(length: number): Uint8Array
  /** Blocks for so many milliseconds. */
  sleep(milliseconds: number): void
}

/** One side of an attachment: its devices, addresses and routes, and its settings. */
export interface Side {
  readonly links: Rtnetlink
  readonly settings: Sysctls
}

/** Runs `action` on the side of the calling thread's own namespace. */
export const onHost = <T>(edges: BridgeEdges, action: (host: Side) => T): T =>
  closing(edges.openRtnetlink(), (links) => action({ links, settings: edges.openSysctls() }))

/** Runs `action` on the side of `namespace`; the sockets stay there. */
export const inContainer = <T>(edges: BridgeEdges, namespace: Namespace, action: (container: Side) => T): T =>
  closing(edges.openRtnetlink(namespace), (links) => action({ links, settings: edges.openSysctls(namespace) }))

/** Runs `action` with a resource, and closes it even when the action fails. */
export const closing = <R extends { close(): void }, T>(resource: R, action: (resource: R) => T): T => {
  try {
    return action(resource)
  } finally {
    resource.close()
  }
}

/** What failed, in the reference's words: a function when it takes work, which is done for a failure only. */
export type Sentence = string | (() => string)

/** Runs a system call's `action`; a refusal becomes the reference's sentence followed by the kernel's reason. */
export const saying = <T>(sentence: Sentence, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    throw new Error(`${typeof sentence === 'string' ? sentence : sentence()}: ${reasonOf(error)}`, { cause: error })
  }
}

/** Whether `action`, with its sentence, made what another process may make at the same time. */
export const unlessThere = (action: () => void): boolean => {
  try {
    action()
    return true
  } catch (error) {
    if (error instanceof Error && hasCode(error.cause, 'EEXIST')) return false
    throw error
  }
}

/** Runs `action`; when it fails, every undo is run in turn and the first error thrown: what an undo fails with is only reported. */
export const orUndo = <T>(warn: (line: string) => void, action: () => T, ...undos: readonly (() => void)[]): T => {
  try {
    return action()
  } catch (error) {
    for (const undo of undos) {
      try {
        undo()
      } catch (second) {
        warn(`bridge: undoing a failed ADD: ${second instanceof Error ? second.message : second}`)
      }
    }
    throw error
  }
}
