/** Attachments made and removed on a simulated iptables. */
import { type FamilyForwards, forwardsByFamily } from '../forwards.ts'
import { type Change, iptablesChange } from '../iptables-setup.ts'
import { tearDownIptables } from '../iptables-teardown.ts'
import { testConfig } from './call.ts'
import { type SimulatedIptables, type SimulatedIptablesOptions, simulatedIptables } from './simulated-iptables.ts'

export const partOf = (iptables: SimulatedIptables) => ({ iptables, rules: iptables.nftRules, family: 4 }) as const

export const change = (iptables: SimulatedIptables, fields: object = {}, containerId = 'cid1', network = 'mynet'): Change => {
  const config = testConfig(fields, { containerId, network })
  const [forwards] = forwardsByFamily(config)
  return iptablesChange(partOf(iptables), { config, forwards: forwards as FamilyForwards }, (action) => action())
}

export const setUp = (iptables: SimulatedIptables, fields?: object, containerId?: string, network?: string): void =>
  change(iptables, fields, containerId, network).make()

export const tearDown = (iptables: SimulatedIptables, fields: object = {}, containerId = 'cid1', network = 'mynet'): void =>
  tearDownIptables(partOf(iptables), testConfig(fields, { containerId, network }))

export const programs = ({ ran }: SimulatedIptables): string[] => ran.map(({ program }) => program)

/** A host on which other attachments were mapped before, with nothing counted yet. */
export const usedHost = (options?: SimulatedIptablesOptions): SimulatedIptables => {
  const iptables = simulatedIptables(options)
  setUp(iptables, {}, 'other')
  iptables.ran.splice(0)
  return iptables
}

/** What the first ADD makes for all, and the last DEL leaves. */
export const SHARED = [
  ':CNI-HOSTPORT-DNAT',
  ':CNI-HOSTPORT-MASQ',
  ':CNI-HOSTPORT-SETMARK',
  '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
  '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
  '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
  '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
  '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
]
export const BUILT_IN = [':INPUT', ':OUTPUT', ':POSTROUTING', ':PREROUTING']
