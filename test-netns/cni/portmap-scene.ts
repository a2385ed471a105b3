/**
 * A host with two pods on a bridge and a client outside, for tests of portmap. The pods are made by `ip`, so that nothing but portmap is
 * under test.
 *
 *     client 192.0.2.2 ── 192.0.2.1 host 10.20.3.1 ── br0 ─┬─ pod 10.20.3.2
 *            fd02::2      fd02::1        fd00:20:3::1      └─ pod 10.20.3.3 …
 */
import { startEcho } from '../rig/echo.ts'
import { addBridge, join } from '../rig/link.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { filterBridges, forward } from '../rig/underlay.ts'
import { iptablesSave } from '../rig/witness-netfilter.ts'
import { type PluginCall, type PluginOutcome, plugin } from './plugin.ts'

export const HOST = { 4: '192.0.2.1', 6: 'fd02::1' } as const
export const CLIENT = { 4: '192.0.2.2', 6: 'fd02::2' } as const
export const GATEWAY = { 4: '10.20.3.1', 6: 'fd00:20:3::1' } as const

export interface ScenePod {
  readonly namespace: NetNamespace
  /** Its container id, and the name its server answers with. */
  readonly name: string
  readonly addresses: Readonly<Record<4 | 6, string>>
  /** What the bridge plugin would have returned. */
  readonly result: object
}

export interface PortmapScene {
  readonly host: NetNamespace
  readonly client: NetNamespace
  /** `number`: the last part of its addresses, 2 to 254. */
  makePod(number: number, families?: readonly (4 | 6)[]): ScenePod
  add(pod: ScenePod, fields?: object, call?: Partial<PluginCall>): Promise<PluginOutcome>
  del(pod: ScenePod, fields?: object, call?: Partial<PluginCall>): Promise<PluginOutcome>
  check(pod: ScenePod, fields?: object, call?: Partial<PluginCall>): Promise<PluginOutcome>
  /** GC or STATUS of the network. */
  command(verb: string, config: object, call?: Partial<PluginCall>): Promise<PluginOutcome>
  /** Rules and own chains of both families' table nat, and the nftables tables, as their programs print them. */
  rules(): string[]
}

export const makePortmapScene = (owner: Owner): PortmapScene => {
  const host = makeNamespace(owner, 'host')
  const client = makeNamespace(owner, 'client')
  forward(host)
  filterBridges(host)
  addBridge(host, 'br0', [`${GATEWAY[4]}/24`, `${GATEWAY[6]}/112`])
  join(
    { namespace: client, device: 'eth0', addresses: ['192.0.2.2/24', 'fd02::2/64'] },
    { namespace: host, device: 'eth0', addresses: ['192.0.2.1/24', 'fd02::1/64'] },
  )
  const call = (pod: ScenePod, fields: object = {}, more: Partial<PluginCall> = {}): PluginCall => ({
    host: host.name,
    netns: pod.namespace.path,
    containerId: pod.name,
    config: configOf(pod, fields),
    ...more,
  })
  return {
    host,
    client,
    makePod: (number, families = [4, 6]) => makePod({ owner, host }, number, families),
    add: (pod, fields, more) => plugin('portmap').add(call(pod, fields, more)),
    del: (pod, fields, more) => plugin('portmap').del(call(pod, fields, more)),
    check: (pod, fields, more) => plugin('portmap').check(call(pod, fields, more)),
    command: (verb, config, more) =>
      plugin('portmap').command(verb, {
        host: host.name,
        config: { cniVersion: '1.1.0', name: 'mynet', type: 'portmap', ...config },
        ...more,
      }),
    rules: () => [...natRules(host, 4), ...natRules(host, 6), ...nftTables(host)],
  }
}

/** A portmap config for a pod with port 8080 mapped to 80, or with `fields` over that. */
export const configOf = (pod: ScenePod, fields: object = {}): object => ({
  cniVersion: '1.0.0',
  name: 'mynet',
  type: 'portmap',
  prevResult: pod.result,
  ...mapped({ hostPort: 8080, containerPort: 80, protocol: 'tcp' }),
  ...fields,
})

/** The config fields with these mappings. */
export const mapped = (...portMappings: readonly object[]): object => ({ runtimeConfig: { portMappings } })

const makePod = ({ owner, host }: { owner: Owner; host: NetNamespace }, number: number, families: readonly (4 | 6)[]): ScenePod => {
  const namespace = makeNamespace(owner, `pod${number}`)
  const addresses = { 4: `10.20.3.${number}`, 6: `fd00:20:3::${number.toString(16)}` } as const
  const written = { 4: `${addresses[4]}/24`, 6: `${addresses[6]}/112` } as const
  const device = `veth${number}`
  join({ namespace, device: 'eth0', addresses: families.map((family) => written[family]) }, { namespace: host, device, bridge: 'br0' })
  host.exec('bridge', 'link', 'set', 'dev', device, 'hairpin', 'on')
  namespace.ip(...families.map((family) => `route add default via ${GATEWAY[family]}`))
  const result = {
    cniVersion: '1.0.0',
    interfaces: [{ name: 'eth0', sandbox: namespace.path }],
    ips: families.map((family) => ({ interface: 0, address: written[family] })),
  }
  return { namespace, name: namespace.name, addresses, result }
}

/** Starts a pod's server, on TCP and UDP port 80. */
export const serve = async (owner: Owner, pod: ScenePod): Promise<void> => {
  await startEcho(owner, pod.namespace, pod.name, 80)
}

/** What the first ADD makes in table nat for all, and the last DEL leaves. */
export const SHARED_RULES = [
  ':CNI-HOSTPORT-DNAT -',
  ':CNI-HOSTPORT-MASQ -',
  ':CNI-HOSTPORT-SETMARK -',
  '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
  '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
  '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
  '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
  '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
]

/** Table nat without its built-in chains' names. */
export const natRules = (namespace: NetNamespace, family: 4 | 6): string[] => {
  const lines = iptablesSave(namespace, family)
  const nat = lines.slice(lines.indexOf('*nat') + 1)
  return nat.slice(0, nat.indexOf('COMMIT')).filter((line) => !/^:\w+ ACCEPT$/.test(line))
}

/** Our tables as nft prints them, one line each element, unindented; empty lines left out. */
export const nftTables = (namespace: NetNamespace): string[] =>
  ['ip', 'ip6'].flatMap((family) => {
    const { exitCode, stdout } = namespace.attempt('nft', '--stateless', 'list', 'table', family, 'cni_hostport')
    return exitCode === 0 ? stdout.split('\n').flatMap((line) => line.trim() || []) : []
  })
