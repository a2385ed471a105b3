/** API objects with everything that may be wrong about them: whole manifests with each field spoiled, one at a time or several by chance. */
import { hostileText } from '../../cni/faults/fuzz/hostile.ts'
import type { Random } from '../../cni/faults/random.ts'

/** A JSON tree as it comes out of JSON.parse. */
type Tree = unknown
type Path = readonly (string | number)[]

/** A Service that uses every field that the proxy reads. */
export const fullService = (): Tree => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'fuzzed',
    namespace: 'ns',
    uid: '0a1b2c3d-0000-4000-8000-000000000001',
    resourceVersion: '7',
    creationTimestamp: '2026-01-02T03:04:05Z',
    labels: { app: 'x' },
    annotations: {
      'kube-router.io/service.scheduler': 'mh',
      'kube-router.io/service.schedflags': 'flag-1,flag-2',
      'kube-router.io/service.local': 'false',
      'kube-router.io/service.hairpin': '',
    },
  },
  spec: {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.77',
    clusterIPs: ['10.96.0.77', 'fd00:96::77'],
    ipFamilies: ['IPv4', 'IPv6'],
    externalIPs: ['198.51.100.77'],
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Cluster',
    healthCheckNodePort: 31_000,
    loadBalancerSourceRanges: ['203.0.113.0/24', '2001:db8:5::/48'],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
    publishNotReadyAddresses: false,
    ports: [
      { name: 'web', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30_077 },
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: 5353, nodePort: 30_078 },
    ],
  },
  status: { loadBalancer: { ingress: [{ ip: '198.51.100.78', ipMode: 'VIP' }, { hostname: 'balancer.example' }] } },
})

/** Its slice. */
export const fullSlice = (): Tree => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: 'fuzzed-1',
    namespace: 'ns',
    labels: { 'kubernetes.io/service-name': 'fuzzed' },
    annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-02T03:04:05Z' },
  },
  addressType: 'IPv4',
  ports: [
    { name: 'web', protocol: 'TCP', port: 8080 },
    { name: 'dns', protocol: 'UDP', port: 5353 },
  ],
  endpoints: [
    {
      addresses: ['10.20.0.77'],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node-a',
      zone: 'z1',
      hints: { forZones: [{ name: 'z1' }], forNodes: [{ name: 'node-a' }] },
    },
    { addresses: ['10.20.1.77'], conditions: { ready: null }, nodeName: 'node-b' },
  ],
})

/** The node that the proxy runs on. */
export const fullNode = (): Tree => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'node-a',
    labels: { 'topology.kubernetes.io/zone': 'z1' },
    annotations: { 'kube-router.io/pod-cidrs': '10.20.0.0/24' },
  },
  spec: { podCIDR: '10.20.0.0/24', podCIDRs: ['10.20.0.0/24'], taints: [{ key: 'a', effect: 'NoSchedule' }] },
  status: {
    addresses: [
      { type: 'InternalIP', address: '192.0.2.1' },
      { type: 'ExternalIP', address: '2001:db8::1' },
      { type: 'Hostname', address: 'node-a' },
    ],
  },
})

/** Addresses that no Service and no endpoint may have, and texts that look like addresses. */
export const FORBIDDEN = [
  ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.1', '239.1.2.3', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'febf::1', 'ff02::1', 'ff0e::5', '::ffff:127.0.0.1', '::ffff:169.254.1.1', '::ffff:0.0.0.0'],
]
const LOOKALIKES = ['fe80::1%eth0', '10.96.0.1 ', '10.96.0.1\n', '10.96.0.1 . tcp . 22', '10.96.0.1/32', '0x7f.1', '2130706433', '127.1']

const deep = (): Tree => JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
/** JSON.parse gives an own property of this name, which an assignment would not. */
const prototypes = (): Tree => JSON.parse('{"__proto__":{"ready":true,"port":1},"constructor":{"prototype":{}},"toString":7,"length":9}')

/** What stands in place of a field. */
export const ABSURD: readonly Tree[] = [
  ...[null, true, 0, -1, 1, 80.5, 65_535, 65_536, 1e308, 2 ** 53, '', 'x', '__proto__', 'None', '80', 'TCP', 'Local', 'ClientIP'],
  ...[[], {}, [null], [[]], [{}], [7], ['x'], { clientIP: null }, { ingress: 7 }, prototypes(), deep()],
  ...['a/b', '../../x', 'A'.repeat(300), 'a'.repeat(1 << 20), '\u0000', '2026-99-99T00:00:00Z', '10.0.0.0/0', '::/0', '10.96.0.0/33'],
  ...[...FORBIDDEN, ...LOOKALIKES].flatMap((text) => [text, [text], [{ ip: text }], [{ addresses: [text] }]]),
]

/** All places in a tree, those of maps and lists too. */
export const pathsOf = (tree: Tree, path: Path = []): Path[] => {
  const entries = typeof tree === 'object' && tree !== null ? Object.entries(tree) : []
  const keys = entries.map(([key, value]) => [Array.isArray(tree) ? Number(key) : key, value] as const)
  return [...(path.length === 0 ? [] : [path]), ...keys.flatMap(([key, value]) => pathsOf(value, [...path, key]))]
}

export const GONE = Symbol('no such field')

/** A copy of a tree with another value, or none, at one place; unchanged when there is no such place. */
export const spoiled = (tree: Tree, [key, ...rest]: Path, value: Tree): Tree => {
  if (key === undefined) return value
  if (typeof tree !== 'object' || tree === null || !Object.hasOwn(tree, key)) return tree
  const entries = Object.entries(tree).flatMap(([name, old]) => {
    if (name !== String(key)) return [[name, old] as const]
    return rest.length === 0 && value === GONE ? [] : [[name, spoiled(old, rest, value)] as const]
  })
  return Array.isArray(tree) ? entries.map(([, each]) => each) : Object.fromEntries(entries)
}

/** A tree with several places spoiled by chance. */
export const spoiledByChance = (tree: Tree, random: Random): Tree => {
  let result = tree
  for (let count = 1 + random.below(5); count > 0; count--) {
    const value = random.chance(0.2) ? GONE : random.chance(0.3) ? hostileText(random) : random.pick(ABSURD)
    result = spoiled(result, random.pick(pathsOf(tree)), value)
  }
  return result
}
