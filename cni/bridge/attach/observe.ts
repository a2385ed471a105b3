/** What an attachment came to, read back once the port carries packets: other programs (udev) may have changed its addresses. */
import type { Link } from '#kernel/rtnetlink/types.ts'
import { goQuote } from '../../protocol/text.ts'
import type { Workbench } from './apply.ts'

export interface Observed {
  readonly bridgeMac: string
  readonly portMac: string
  /** The gateway into the attachment's VLAN, where it has addresses. */
  readonly vlanGateway?: { readonly name: string; readonly mac: string }
}

/** Pauses before each look at the port, in milliseconds: together as long as the reference waits, but the first ones short. */
const PAUSES = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512, 503]

/**
 * Reads the addresses of the port and the bridge; with `awaitUp` only once the port is up, for which it waits 2.55 s at most.
 * @throws Error with the reference's sentence when the port does not come up, or is gone
 * @see reference/cni-plugins.md 2.2, steps 9 and 10
 */
export const observe = (bench: Workbench, awaitUp: boolean): Observed => {
  const portMac = awaitUp ? awaitPort(bench) : portOf(bench).mac
  const { mac: bridgeMac } = lookUp(bench, bench.bridge?.name ?? '')
  if (bench.vlanGateway === undefined) return { bridgeMac, portMac }
  const { name, mac } = lookUp(bench, bench.vlanGateway.name)
  return { bridgeMac, portMac, vlanGateway: { name, mac } }
}

const lookUp = ({ host }: Workbench, name: string): Link => {
  const link = host.links.link(name)
  if (link === undefined) throw new Error(`could not lookup ${goQuote(name)}: Link not found`)
  return link
}

const awaitPort = (bench: Workbench): string => {
  let state = 'unknown'
  for (const pause of PAUSES) {
    if (pause > 0) bench.sleep(pause)
    const { operState, mac } = portOf(bench)
    if (operState === 'up') return mac
    state = operState
  }
  throw new Error(`bridge port in error state: ${STATE_NAMES[state] ?? state}`)
}

/** Where Go's netlink library spells a state differently. */
const STATE_NAMES: Readonly<Record<string, string>> = { lowerlayerdown: 'lower-layer-down', notpresent: 'not-present' }

/** A port without its bridge is worth nothing: another call that undid its own bridge may have taken it away. */
const portOf = ({ host, pair: { port }, bridge }: Workbench): Link => {
  const link = host.links.linkByIndex(port.index)
  if (link === undefined) throw new Error(`failed to lookup ${goQuote(port.name)}: Link not found`)
  if (link.master !== bridge?.index) throw new Error(`${goQuote(port.name)} is no longer a port of bridge ${goQuote(bridge?.name ?? '')}`)
  return link
}
