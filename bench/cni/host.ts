/** A host for one suite of plugins: a network namespace with pods, and a folder for its leases. */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Namespace, openNamespace, openOwnNamespace } from '#kernel/namespace.ts'
import { libc } from '#libc'
import { makeNamespace } from '../../test-netns/rig/namespace.ts'
import { defer, type Owner } from '../../test-netns/rig/owner.ts'
import { type Network, seedChain } from './conflist.ts'
import type { Attachment } from './runtime.ts'

export interface Suite {
  readonly name: 'ours' | 'Go'
  /** Where its plugins are. */
  readonly folder: string
}

export interface Host {
  readonly suite: Suite
  /** The seed's network on this host. */
  readonly network: Network
  /** Where host-local keeps this network's leases. */
  readonly leases: string
  /** Containers to be attached; each has its own host port, if it has one at all. */
  pods(count: number): Pod[]
  /** Moves this thread, and with it what is started from now on, to this host. */
  enter(): void
  /** Runs a program here. @throws when it fails */
  run(input: string, program: string, ...parameters: string[]): void
}

export type Pod = Omit<Attachment, 'portMappings' | 'ifname'> & { readonly hostPort: number }

/** @param folder a folder for this host's files */
export const makeHost = (owner: Owner, suite: Suite, folder: string): Host => {
  const namespace = makeNamespace(owner, `bench-${suite.name.toLowerCase()}`)
  const home = openOwnNamespace()
  const open = openNamespace(namespace.path)
  // Before the namespace is removed: that ends whatever still runs inside.
  defer(owner, () => {
    enter(home)
    home.close()
    open.close()
  })
  const network = seedChain(folder)
  const leases = join(folder, network.name)
  mkdirSync(leases, { recursive: true })
  defer(owner, () => forgetIndex(leases))
  const pods: Pod[] = []
  return {
    suite,
    network,
    leases,
    pods: (count) => {
      for (let index = pods.length; index < count; index++) pods.push(makePod(owner, index))
      return pods.slice(0, count)
    },
    enter: () => enter(open),
    run: (input, ...words) => void namespace.execWithInput(input, ...words),
  }
}

/** What our host-local remembers of a crowded folder (cni/host-local/lease-index.ts); elsewhere, so it would outlive the folder. */
const forgetIndex = (leases: string): void => {
  const { dev, ino } = statSync(leases)
  rmSync(`/run/selvedge/host-local/${dev}-${ino}`, { force: true })
}

const CLONE_NEWNET = 0x40000000

const enter = ({ fd }: Namespace): void => {
  const result = libc.setns(fd, CLONE_NEWNET)
  if (result < 0) throw new Error(`setns: errno ${-result}`)
}

const FIRST_PORT = 20_000

/** Its id is as long as a runtime's. */
const makePod = (owner: Owner, index: number): Pod => ({
  containerId: index.toString(16).padStart(64, 'c0ffee'),
  netns: makeNamespace(owner, 'bench-pod').path,
  hostPort: FIRST_PORT + index,
})

/** Leases of containers that are not there: `count` addresses from `10.20.1.0` on. */
export const fillLeases = ({ leases }: Host, count: number): void => {
  for (let index = 0; index < count; index++) {
    const address = `10.20.${1 + (index >> 8)}.${index & 255}`
    writeFileSync(join(leases, address), `${index.toString(16).padStart(64, 'abcdef')}\r\neth0`)
  }
}
