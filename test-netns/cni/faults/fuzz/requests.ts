/** Calls of plugins, made from valid ones by changing a few things: most of what is only random fails at the first check. */
import type { Random } from '../random.ts'
import { hostileText, hostileValue, type Tree, textOf } from './hostile.ts'

export interface FuzzRequest {
  readonly plugin: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Uint8Array
}

/** Where a request's valid parts come from. */
export interface FuzzPlace {
  /** The pod's namespace. */
  readonly netns: string
  /** CNI_PATH. */
  readonly path: string
  /** The lease folder. */
  readonly dataDir: string
}

const RESULT = {
  cniVersion: '1.0.0',
  interfaces: [{ name: 'br0' }, { name: 'eth0', sandbox: '/run/netns/pod', mac: '02:00:00:00:00:01' }],
  ips: [
    { interface: 1, address: '10.1.2.2/24', gateway: '10.1.2.1' },
    { interface: 1, address: 'fd00:1::2/64' },
  ],
  routes: [{ dst: '0.0.0.0/0', gw: '10.1.2.1' }],
  dns: { nameservers: ['10.1.2.1'] },
}

/** A config that has every field, with legal values. */
const configOf = (plugin: string, { dataDir }: FuzzPlace): { [key: string]: Tree } => {
  const ipam = {
    type: 'host-local',
    dataDir,
    subnet: '10.1.2.0/24',
    ranges: [[{ subnet: '10.1.3.0/24', rangeStart: '10.1.3.5', rangeEnd: '10.1.3.9', gateway: '10.1.3.1' }], [{ subnet: 'fd00:1::/64' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '10.8.0.0/16', gw: '10.1.2.7', mtu: 1400, priority: 3 }],
  }
  const common = { cniVersion: '1.1.0', name: 'fuzz', type: plugin }
  const attachments = { 'cni.dev/valid-attachments': [{ containerID: 'cid1', ifname: 'eth0' }] }
  if (plugin === 'loopback') return { ...common, prevResult: RESULT }
  if (plugin === 'host-local') {
    const args = { cni: { ips: ['10.1.2.9'] } }
    return { ...common, ipam, args, runtimeConfig: { ips: ['10.1.3.6/24'], ipRanges: [[{ subnet: '10.9.0.0/24' }]] }, ...attachments }
  }
  if (plugin === 'portmap') {
    const portMappings = [
      { hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '10.0.0.1' },
      { hostPort: 53, containerPort: 53, protocol: 'udp' },
    ]
    const options = { snat: true, masqAll: false, markMasqBit: 5, conditionsV4: ['-s', '10.0.0.0/8'], backend: 'iptables' }
    return { ...common, prevResult: RESULT, runtimeConfig: { portMappings }, ...options, ...attachments }
  }
  const flags = {
    isGateway: true,
    isDefaultGateway: true,
    forceAddress: false,
    hairpinMode: true,
    promiscMode: false,
    portIsolation: false,
  }
  const more = { mtu: 1400, enabledad: false, ipMasq: false, args: { cni: { mac: '02:00:00:00:00:09' } }, runtimeConfig: {} }
  return { ...common, bridge: 'br0', ipam, ...flags, ...more, dns: { nameservers: ['1.1.1.1'] }, prevResult: RESULT, ...attachments }
}

const VERBS = ['ADD', 'ADD', 'DEL', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION']
const OPTIONAL = { CNI_ARGS: 'IgnoreUnknown=1;IP=10.1.2.7;MAC=02:00:00:00:00:08', CNI_NETNS_OVERRIDE: 'true', CNI_LOG: 'x' }
const PLUGINS = ['bridge', 'host-local', 'portmap', 'loopback']

export const makeRequest = (random: Random, place: FuzzPlace): FuzzRequest => {
  const plugin = random.pick(PLUGINS)
  const env: Record<string, string> = {
    CNI_COMMAND: random.pick(VERBS),
    CNI_CONTAINERID: `cid${random.below(3)}`,
    CNI_NETNS: place.netns,
    CNI_IFNAME: 'eth0',
    CNI_PATH: place.path,
  }
  for (const [name, value] of Object.entries(OPTIONAL)) if (random.chance(0.2)) env[name] = value
  if (random.chance(0.3)) disturbEnvironment(random, env)
  const config = configOf(plugin, place)
  for (let changes = random.below(4); changes > 0; changes--) disturbTree(random, config)
  const text = Buffer.from(textOf(config))
  return { plugin, env, stdin: random.chance(0.15) ? disturbBytes(random, text) : text }
}

const disturbEnvironment = (random: Random, env: Record<string, string>): void => {
  const name = random.pick([...Object.keys(env), 'CNI_ARGS'])
  // No environment can hold a zero byte, or 128 KiB.
  if (random.chance(0.3)) delete env[name]
  else env[name] = hostileText(random).replaceAll('\0', '').slice(0, 30_000)
}

const disturbTree = (random: Random, tree: { [key: string]: Tree }): void => {
  const key = random.pick(Object.keys(tree))
  const value = tree[key]
  const inner = Array.isArray(value) ? value : [value]
  const nested = inner.find((each) => typeof each === 'object' && each !== null && !Array.isArray(each) && Object.keys(each).length > 0)
  if (nested !== undefined && random.chance(0.7)) disturbTree(random, nested as { [key: string]: Tree })
  else disturbField(random, tree, key)
}

const disturbField = (random: Random, tree: { [key: string]: Tree }, key: string): void => {
  const kind = random.below(6)
  if (kind === 0) delete tree[key]
  // Go reads keys in any case.
  else if (kind === 1) tree[random.pick([key.toUpperCase(), key.toLowerCase(), `${key}\0`])] = hostileValue(random)
  else if (kind === 2) tree[hostileText(random)] = hostileValue(random)
  else tree[key] = hostileValue(random)
}

const disturbBytes = (random: Random, bytes: Buffer): Buffer => {
  const kind = random.below(4)
  const at = random.below(bytes.length)
  if (kind === 0) return bytes.subarray(0, at)
  if (kind === 1) return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.below(256)]), bytes.subarray(at)])
  if (kind === 2) return Buffer.concat([bytes, bytes.subarray(at)])
  const copy = Buffer.from(bytes)
  for (let flips = 1 + random.below(4); flips > 0; flips--) copy[random.below(copy.length)] = random.below(256)
  return copy
}
