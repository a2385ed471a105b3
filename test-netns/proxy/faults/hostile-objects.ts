/** API objects with everything that may be wrong about them: whole manifests with each field spoiled, one at a time or several by chance. */
import { NODE, SERVICE, SLICE } from '../../../proxy/watch/testing/whole-objects.ts'
import { hostileText } from '../../cni/faults/fuzz/hostile.ts'
import type { Random } from '../../cni/faults/random.ts'

/** A JSON tree as it comes out of JSON.parse. */
type Tree = unknown
type Path = readonly (string | number)[]

/** A Service that uses every field that the proxy reads. */
export const fullService = (): Tree => ({ apiVersion: 'v1', kind: 'Service', ...SERVICE })

/** Its slice. */
export const fullSlice = (): Tree => ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...SLICE })

/** The node that the proxy runs on. */
export const fullNode = (): Tree => ({ apiVersion: 'v1', kind: 'Node', ...NODE })

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
