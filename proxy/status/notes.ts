/** What our table does to packets of Services beside handing them to IPVS, in words. Pure. */
import { endpointText, serverText } from '#kernel/ipvs/server-id.ts'
import type { ServiceKey } from '../services/types.ts'
import type { Holding } from './snapshot.ts'

export interface Notes {
  /** By the text of the virtual server. */
  readonly notes: ReadonlyMap<string, readonly string[]>
  /** Ports of Services without a virtual server. */
  readonly refused: ReadonlyMap<ServiceKey, readonly { readonly server: string; readonly note: string }[]>
}

const DROPPED = 'dropped: policy Local, and no endpoint on this node'
const OUTSIDE_DROPPED = 'clients outside are dropped: policy Local, and no endpoint on this node'
const RESTRICTED = 'for loadBalancerSourceRanges only'

/** @param holdings everything of the proxy's; without owners when none runs */
export const notesOf = (holdings: readonly Holding[]): Notes => {
  const notes = new Map<string, string[]>()
  const servers = new Set(holdings.flatMap(({ item }) => (item.kind === 'server' ? [serverText(item.server)] : [])))
  const refused = new Map<ServiceKey, { server: string; note: string }[]>()
  const add = (server: string, note: string): void => void notes.set(server, [...(notes.get(server) ?? []), note])
  for (const {
    item,
    owners: [owner = ''],
  } of holdings) {
    if (item.kind === 'mark')
      add(`fwmark 0x${item.mark.toString(16)} ipv${item.set.endsWith('4') ? 4 : 6}`, `clients outside to ${serverOf(item.element)}`)
    if (item.kind !== 'element') continue
    const word = item.set.slice(0, -1)
    if (word === 'drop' && servers.has(serverOf(item.element))) add(serverOf(item.element), DROPPED)
    else if (word === 'drop') refused.set(owner, [...(refused.get(owner) ?? []), { server: serverOf(item.element), note: DROPPED }])
    if (word === 'outsidedrop') add(serverOf(item.element), OUTSIDE_DROPPED)
    if (word === 'restricted') add(serverOf(item.element), RESTRICTED)
  }
  return { notes, refused }
}

/** `tcp 10.96.0.1:80` of `10.96.0.1 . tcp . 80`. */
const serverOf = (element: string): string => {
  const [address = '', protocol = '', port = ''] = element.split(' . ')
  return `${protocol} ${endpointText({ address, port: Number(port) })}`
}
