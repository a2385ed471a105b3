import t from 'tap'
import { attachmentChain, commentHash } from '#net/hash.ts'
import { iptablesSave, nftTable, nftText } from '../../rig/witness-netfilter.ts'
import { addressesOf } from '../bridge-scene.ts'
import { buildExecutables } from '../plugin.ts'
import { added, bridgeAndPort, deleted, eth0, perVersion, RICH_VERSIONS, V4, V6, type VersionScene } from './bridge-versions.ts'

t.before(buildExecutables)

/** Our lines of table nat. */
const natRules = ({ host }: VersionScene, family: 4 | 6): string[] => iptablesSave(host, family).filter((line) => line.includes('CNI-'))

for (const [number, title, fields] of [
  [48, 'ipMasq without a backend named', {}],
  [49, 'ipMasq with backend iptables', { ipMasqBackend: 'iptables' }],
] as const) {
  perVersion(t, {
    title: `[bridge ${number}] ${title}: the reference’s iptables rules for the pod’s addresses; DEL removes them`,
    versions: RICH_VERSIONS,
    run: async (t, scene) => {
      const { pod } = scene
      const config = { ...fields, ipMasq: true, isGateway: true, ipam: scene.ipam([V4, V6]) }
      await added(scene, config)
      const [four = '', six = ''] = addressesOf(pod, 'eth0').map((address) => address.replace(/\/.*/, ''))
      const chain = attachmentChain('', 'net', pod.name)
      const comment = `-m comment --comment "name: \\"net\\" id: \\"${pod.name}\\""`
      t.strictSame(natRules(scene, 4), [
        `:${chain} -`,
        `-A POSTROUTING -s ${four}/32 ${comment} -j ${chain}`,
        `-A ${chain} -d 10.1.2.0/24 ${comment} -j ACCEPT`,
        `-A ${chain} ! -d 224.0.0.0/4 ${comment} -j MASQUERADE`,
      ])
      t.strictSame(natRules(scene, 6), [
        `:${chain} -`,
        `-A POSTROUTING -s ${six}/128 ${comment} -j ${chain}`,
        `-A ${chain} -d fd00:1:2::/64 ${comment} -j ACCEPT`,
        `-A ${chain} ! -d ff00::/8 ${comment} -j MASQUERADE`,
      ])
      await deleted(t, scene, config)
      t.strictSame([natRules(scene, 4), natRules(scene, 6)], [[], []])
    },
  })
}

perVersion(t, {
  title: '[bridge 50] ipMasq with backend nftables: the reference’s table, with a rule for each address; DEL removes the rules',
  versions: RICH_VERSIONS,
  run: async (t, scene) => {
    const { pod, host } = scene
    const config = { ipMasq: true, ipMasqBackend: 'nftables', ipam: scene.ipam([V4, V6]) }
    await added(scene, config)
    const [four = '', six = ''] = addressesOf(pod, 'eth0').map((address) => address.replace(/\/.*/, ''))
    const comment = `comment "${commentHash('net')}-${commentHash(`eth0:${pod.name}`)}, net: net, if: eth0, id: ${pod.name}"`
    const rules = [
      `ip saddr ${four} ip daddr != 10.1.2.0/24 masquerade ${comment}`,
      `ip6 saddr ${six} ip6 daddr != fd00:1:2::/64 masquerade ${comment}`,
    ]
    const table = (lines: readonly string[]): string[] => [
      'table inet cni_plugins_masquerade {',
      'comment "Masquerading for plugins from github.com/containernetworking/plugins"',
      'chain masq_checks {',
      'comment "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet"',
      ...lines,
      '}',
      'chain postrouting {',
      'type nat hook postrouting priority srcnat; policy accept;',
      'ip daddr 224.0.0.0/4 return',
      'ip6 daddr ff00::/8 return',
      'goto masq_checks',
      '}',
      '}',
    ]
    const listed = (): string[] => nftText(host, 'inet', 'cni_plugins_masquerade').split('\n').filter(Boolean)
    t.strictSame(listed(), table(rules))
    t.strictSame([natRules(scene, 4), natRules(scene, 6)], [[], []], 'nothing by iptables')
    await deleted(t, scene, config)
    t.strictSame(listed(), table([]), 'table and chains stay, as with the reference')
  },
})

perVersion(t, {
  title: '[bridge 54] macspoofchk: one, one and two rules with the attachment’s comment, all gone after DEL',
  run: async (t, scene) => {
    const { pod, host } = scene
    const config = { macspoofchk: true, ipam: scene.ipam([V4]) }
    await added(scene, config)
    const comment = `comment "macspoofchk-${pod.name}-eth0"`
    const chain = `cni-br-iface-${pod.name}-eth0`
    t.strictSame(nftText(host, 'bridge', 'nat').split('\n').filter(Boolean), [
      'table bridge nat {',
      'chain PREROUTING {',
      'type filter hook prerouting priority dstnat; policy accept;',
      `iifname "${bridgeAndPort(scene).port.ifname}" jump ${chain} ${comment}`,
      '}',
      `chain ${chain} {`,
      `jump ${chain}-mac ${comment}`,
      '}',
      `chain ${chain}-mac {`,
      `ether saddr ${eth0(pod).address} return ${comment}`,
      `drop ${comment}`,
      '}',
      '}',
    ])
    await deleted(t, scene, config)
    const left = nftTable(host, 'bridge', 'nat').map((object) => Object.values(object)[0]?.name)
    t.strictSame(left, ['nat', 'PREROUTING'], 'table and base chain stay, as with the reference')
  },
})
