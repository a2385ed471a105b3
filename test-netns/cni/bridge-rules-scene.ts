/** A bridge scene whose rules are looked at: what iptables-save and nft say of those that bridge made. */
import type { NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { iptablesSave, nftRuleset } from '../rig/witness-netfilter.ts'
import { type BridgeScene, makeBridgeScene } from './bridge-scene.ts'
import { type PluginOutcome, plugin } from './plugin.ts'

export const V4 = '10.1.2.0/24'
export const V6 = 'fd00:1:2::/64'

/** All that a config can ask for, by either packet filter. */
export const BY_IPTABLES = { ipMasq: true, macspoofchk: true }
export const BY_NFTABLES = { ipMasq: true, ipMasqBackend: 'nftables', macspoofchk: true }

export interface RulesScene extends BridgeScene {
  /** Attachments' chains and rules of both packet filters; the tables and chains that all share are left out, for they stay. */
  rules(): string[]
  /** Without `valid` the config has no list of valid attachments. */
  gc(fields: object, valid?: readonly { containerID: string; ifname: string }[], under?: readonly string[]): Promise<PluginOutcome>
}

export const makeRulesScene = (owner: Owner): RulesScene => {
  const scene = makeBridgeScene(owner)
  const { host } = scene
  return {
    ...scene,
    rules: () => [...natRules(host, 4), ...natRules(host, 6), ...nftRules(host)],
    gc: (fields, valid, under = []) => {
      // JSON leaves out what is undefined.
      const config = { ...scene.config({ cniVersion: '1.1.0', ...fields }), 'cni.dev/valid-attachments': valid }
      return plugin('bridge').command('GC', { host: host.name, config, under })
    },
  }
}

export const natRules = (host: NetNamespace, family: 4 | 6): string[] => iptablesSave(host, family).filter((line) => line.includes('CNI-'))

const nftRules = (host: NetNamespace): string[] =>
  nftRuleset(host)
    .flatMap((object) => Object.entries(object))
    .filter(([kind, { family, name, comment }]) =>
      kind === 'rule' ? ['bridge', 'inet'].includes(String(family)) && comment !== undefined : /^cni-br-iface-/.test(String(name)),
    )
    .map(([kind, { chain, name, comment }]) => [kind, chain ?? name, comment].join(' '))
