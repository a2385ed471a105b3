/** Moving the test itself into a network namespace: its sockets are opened there, and only there. */
import { openNamespace, openOwnNamespace } from '#kernel/namespace.ts'
import { libc } from '#libc'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import { defer, type Owner } from '../rig/owner.ts'

const CLONE_NEWNET = 0x40000000

/** Makes a namespace with `lo` up and moves this thread, which Node opens all sockets on, into it until `owner` is done. */
export const enterNewNamespace = (owner: Owner, label: string): NetNamespace => {
  const namespace = makeNamespace(owner, label)
  const home = openOwnNamespace()
  const there = openNamespace(namespace.path)
  // Before the namespace is removed: that ends whatever still runs inside.
  defer(owner, () => {
    enter(home.fd)
    home.close()
    there.close()
  })
  enter(there.fd)
  return namespace
}

const enter = (fd: number): void => {
  const result = libc.setns(fd, CLONE_NEWNET)
  if (result < 0) throw new Error(`setns: errno ${-result}`)
}
