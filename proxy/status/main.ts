/** The composition root of `selvedge status`: opens the kernel for reading, asks the running proxy, tells. */
import { existsSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as after } from 'node:timers/promises'
import { openCommands } from '#kernel/command.ts'
import { ignoring } from '#kernel/errno.ts'
import { type ObservedIpvsEntry, observeIpvs } from '#kernel/ipvs/observe.ts'
import { openIpvs } from '#kernel/ipvs/open.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { observedItems } from '../dataplane/observe.ts'
import { ROUTE_PROTOCOL } from '../dataplane/plane.ts'
import { ARP_TABLE, ARP_VIPS, SET_NAMES, TABLE_FAMILY, TABLE_NAME } from '../dataplane/sets.ts'
import type { ItemMap } from '../services/item.ts'
import { type Drift, driftOf, lasting } from './drift.ts'
import type { StatusOptions } from './options.ts'
import { type Overview, overviewOf } from './overview.ts'
import { parseSnapshot, type Snapshot } from './snapshot.ts'
import { askStatus, socketPath } from './socket.ts'
import { overviewText } from './table.ts'

/** The time that a change which is on its way may take. */
const SECOND_LOOK_MILLISECONDS = 500
const TABLE_LOCAL = 255

/**
 * Prints the state of this network namespace.
 * @returns the exit status: 0 when a proxy runs and everything is right, else 1
 * @throws when this is not root, or the kernel cannot be read
 */
export const runStatus = async ({ filter, output }: StatusOptions): Promise<number> => {
  if (process.geteuid?.() !== 0) throw new Error('only root may read the kernel and ask the proxy')
  const kernel = openKernel()
  try {
    const first = await look(kernel.read)
    const second = first.drift.length > 0 ? await after(SECOND_LOOK_MILLISECONDS).then(() => look(kernel.read)) : first
    const overview = overviewOf({ ...second, drift: lasting(first.drift, second.drift), filter })
    process.stdout.write(output === 'json' ? `${JSON.stringify(overview, undefined, 2)}\n` : overviewText(overview, output === 'wide'))
    return isRight(overview) ? 0 : 1
  } finally {
    kernel.close()
  }
}

const isRight = ({ proxy, services, drift }: Overview): boolean =>
  proxy?.healthy === true && proxy.ready && drift.length === 0 && services.every(({ failure }) => failure === null)

interface KernelView {
  readonly ipvs: readonly ObservedIpvsEntry[]
  readonly kernel: ItemMap
}

interface Look extends KernelView {
  readonly snapshot: Snapshot | undefined
  readonly drift: readonly Drift[]
}

const look = async (read: () => KernelView): Promise<Look> => {
  const answer = await askStatus(socketPath())
  const snapshot = answer === undefined ? undefined : parseSnapshot(answer)
  const view = read()
  return { ...view, snapshot, drift: snapshot === undefined ? [] : driftOf(snapshot.holdings, view.kernel, snapshot.proxy.ready) }
}

const openKernel = () => {
  const nftables = openNftables(openCommands())
  const rtnetlink = openRtnetlink()
  // Looking loads no module: where IPVS is not loaded there is nothing of it.
  const ipvs = existsSync('/proc/thread-self/net/ip_vs') ? openIpvs() : undefined
  const elementsOf = (set: Parameters<typeof nftables.elements>[0]) => ignoring(['ENOENT'], () => nftables.elements(set)) ?? []
  const read = (): KernelView => {
    const entries = ipvs === undefined ? [] : observeIpvs(ipvs)
    const kernel = observedItems({
      sets: new Map(SET_NAMES.map((set) => [set, elementsOf({ family: TABLE_FAMILY, table: TABLE_NAME, set })])),
      arpVips: elementsOf({ ...ARP_TABLE, set: ARP_VIPS }),
      routes: rtnetlink.routes({ table: TABLE_LOCAL, protocol: ROUTE_PROTOCOL }),
      ipvs: entries,
    })
    return { ipvs: entries, kernel }
  }
  return {
    read,
    close: () => {
      ipvs?.close()
      rtnetlink.close()
    },
  }
}
