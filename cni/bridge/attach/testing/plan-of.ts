/** Plans of configs and leases, for unit tests. */
import { type Cidr, parseCidr } from '#net/cidr.ts'
import { parseJson } from '../../../protocol/json.ts'
import type { Result } from '../../../protocol/result.ts'
import { parseConfig } from '../../config.ts'
import { addressingOf } from '../../gateways.ts'
import type { Operation } from '../operation.ts'
import { type AttachmentInput, planAttachment } from '../plan.ts'

export const cidr = (text: string): Cidr => parseCidr(text) ?? { address: text, prefixLength: -1 }
export const ip = (address: string, gateway: string): Result['ips'][number] => ({ address: cidr(address), gateway })

export const FRESH = '02:00:00:00:00:99'

export const plan = (
  fields: object,
  lease?: Pick<Result, 'ips' | 'routes'>,
  present: readonly Cidr[] = [],
  vlanGateway?: AttachmentInput['vlanGateway'],
): Operation[] => {
  const config = parseConfig({ config: parseJson(JSON.stringify({ bridge: 'br0', ...fields })), args: '' })
  const addressing = lease && addressingOf(lease, config)
  return planAttachment({
    config,
    interface: 'eth0',
    port: 'veth0a1b2c3d',
    bridge: { up: true },
    present,
    ...(vlanGateway && { vlanGateway }),
    freshMac: FRESH,
    addressing,
  })
}

export const ofType = (operations: Operation[], ...types: Operation['type'][]): Operation[] =>
  operations.filter(({ type }) => types.includes(type))

export const V4 = { ips: [ip('10.1.2.2/24', '10.1.2.1')], routes: [] }
