/** An attachment's rules in the host's packet filters, as its config asks for them: made by ADD, removed by DEL and by an ADD that failed. */
import type { IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import { messageOf } from '../../protocol/error.ts'
import type { Call } from '../../protocol/plugin.ts'
import type { BridgeConfig } from '../config.ts'
import { backendFor } from './backend.ts'
import type { AttachmentId, NetfilterEdges } from './edges.ts'
import { masquerade } from './masquerade.ts'
import { removeMasquerade, removeSourceCheck } from './remove-rules.ts'
import { checkSource } from './source-check.ts'

export const attachmentId = ({ network, containerId, ifname }: Call): AttachmentId => ({ network, containerId, ifname })

type Wishes = Pick<BridgeConfig, 'masquerade' | 'masqueradeBackend' | 'checkSource'>

/** An attachment that has its devices and addresses. */
export interface Attached {
  readonly call: Call
  readonly config: Wishes
  /** The pair's host end. */
  readonly port: string
  /** The container interface's. */
  readonly mac: string
  readonly addresses: readonly Cidr[]
}

/** @throws Error with the reference's sentence, IptablesError, NftError, CommandError; what was made by then stays, for detachRules */
export const attachRules = (edges: NetfilterEdges, { call, config, port, mac, addresses }: Attached): void => {
  const id = attachmentId(call)
  if (config.checkSource) saying('failed to setup spoof-check', () => checkSource(edges, { id, port, mac }))
  if (config.masquerade) masquerade(edges, { id, backend: backendFor(config.masqueradeBackend, edges), addresses })
}

const saying = (sentence: string, action: () => void): void => {
  try {
    action()
  } catch (error) {
    throw new Error(`${sentence}: ${messageOf(error)}`, { cause: error })
  }
}

/** An attachment that has lost its interface. */
export interface Detached {
  readonly call: Call
  readonly config: Wishes
  /** Addresses that the container still has, by other interfaces. */
  readonly kept: readonly IpAddress[]
}

/**
 * Removes the rules whatever the config says now, for ADD may have had another; only legacy iptables, which costs processes, must be
 * asked for. Failures count where the config asks for the rules, and those of a source check are only told, as with the reference.
 * @throws KernelError, IptablesError, CommandError
 */
export const detachRules = (edges: NetfilterEdges, { call, config, kept }: Detached): void => {
  const id = attachmentId(call)
  try {
    removeSourceCheck(edges, id)
  } catch (error) {
    if (config.checkSource) call.warn(`failed to teardown spoof-check: ${messageOf(error)}`)
  }
  try {
    removeMasquerade(edges, { id, kept }, { isExpected: config.masquerade })
  } catch (error) {
    if (config.masquerade) throw error
  }
}
