/**
 * A simulated kernel for unit tests of ADD and DEL: devices and addresses of a host and one container in memory. It keeps a log of the
 * changes, and refuses what a test tells it to. What it does not need to know of (routes, settings) is only logged.
 */
import { KernelError } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import type { BridgeEdges } from './edges.ts'
import { type SimulatedNetfilter, simulatedNetfilter } from './netfilter/simulated-netfilter.ts'
import { type SimulatedSide, simulatedRtnetlink, type World } from './simulated-rtnetlink.ts'

export interface SimulatedEdges extends BridgeEdges {
  readonly log: string[]
  readonly host: SimulatedSide
  readonly container: SimulatedSide
  readonly netfilter: SimulatedNetfilter
  /** What is still open, by kind. */
  readonly open: World['open']
  /** Every pause, in milliseconds. */
  readonly pauses: number[]
}

export interface SimulatedOptions {
  /** Log lines (or their beginnings) that are refused, with an errno. */
  readonly refuse?: Readonly<Record<string, number>>
  /** What the container's namespace path is: a namespace, nothing, or a plain file. */
  readonly namespace?: 'there' | 'missing' | 'file'
  /** Operational state of ports. */
  readonly portState?: string
}

export const simulatedEdges = ({ refuse = {}, namespace = 'there', portState = 'up' }: SimulatedOptions = {}): SimulatedEdges => {
  const log: string[] = []
  const act = (line: string): void => {
    const rule = Object.keys(refuse).find((beginning) => line.startsWith(beginning))
    log.push(rule === undefined ? line : `refused: ${line}`)
    if (rule !== undefined) throw new KernelError(line, refuse[rule] ?? 1)
  }
  const host = emptySide()
  const container = emptySide()
  const open = { namespaces: 0, sockets: 0 }
  const world: World = { act, host, container, open, portState }
  const pauses: number[] = []
  let draws = 0
  return {
    log,
    host,
    container,
    open,
    pauses,
    openNamespace: (path) => openSimulated(world, path, namespace),
    openOwnNamespace: () => openSimulated(world, 'own', 'there'),
    openRtnetlink: (inside) => simulatedRtnetlink(world, inside === undefined ? 'host' : 'container'),
    openSysctls: (inside) => simulatedSettings(world, inside === undefined ? 'host' : 'container'),
    netfilter: simulatedNetfilter(act),
    randomBytes: (length) => new Uint8Array(length).fill(++draws),
    sleep: (milliseconds) => pauses.push(milliseconds),
  }
}

const emptySide = (): SimulatedSide => ({ links: [], addresses: [], settings: new Map(), routes: [], vlans: new Map() })

const ENOENT = 2

const openSimulated = ({ open }: World, path: string, kind: 'there' | 'missing' | 'file'): Namespace => {
  if (kind === 'missing') throw new KernelError(`failed to Statfs "${path}"`, ENOENT)
  if (kind === 'file') throw Object.assign(new Error(`unknown FS magic on "${path}": 1021994`), { name: 'NotANamespaceError' })
  open.namespaces += 1
  return {
    path,
    fd: 7,
    close: () => {
      open.namespaces -= 1
    },
  }
}

const simulatedSettings = ({ act, ...sides }: World, where: 'host' | 'container'): Sysctls => ({
  read: (path) => sides[where].settings.get(path) ?? '0',
  write: (path, value) => {
    act(`${where} ${path}=${value}`)
    sides[where].settings.set(path, value)
  },
  ensure: (path, value) => {
    if (sides[where].settings.get(path) === value) return false
    act(`${where} ${path}=${value}`)
    sides[where].settings.set(path, value)
    return true
  },
})
