/** A small cluster that changes by chance: what happens to it is told as the watchers would, and what it is in the end can be looked at. */
import { endpoint, node as nodeObject, port, service as serviceObject } from '../../../proxy/services/testing/builders.ts'
import type { ClusterEvent, Endpoint, EndpointPort, EndpointSlice, Node, Service, ServicePort } from '../../../proxy/services/types.ts'
import type { Random } from '../../cni/faults/random.ts'

export interface World {
  readonly services: Map<string, Service>
  readonly slices: Map<string, EndpointSlice>
  node: Node
}

const NAMES = Array.from({ length: 40 }, (_, index) => `ns-${index % 3}/s${index}`)
const VIPS = Array.from({ length: 60 }, (_, index) => index + 1)
const NODE_PORTS = Array.from({ length: 60 }, (_, index) => 30_000 + index)
const PORTS = ['tcp', 'udp', 'sctp'] as const
const NODES: readonly (readonly string[])[] = [['192.0.2.1', '2001:db8::1'], ['192.0.2.1', '192.0.2.2', '2001:db8::1'], ['192.0.2.9']]

/** Some thirty Services with their slices. No two claim the same address or NodePort. */
export const makeWorld = (random: Random): World => {
  const world: World = { services: new Map(), slices: new Map(), node: nodeOf(NODES[0] ?? []) }
  for (let index = 0; index < 30; index++) createService(world, random)
  return world
}

/** Everything that exists, as one batch of a first list. */
export const listOf = (world: World): ClusterEvent[] => [
  { kind: 'node', key: world.node.name, value: world.node },
  ...[...world.services.values()].map((value): ClusterEvent => ({ kind: 'service', key: value.key, value })),
  ...[...world.slices.values()].map((value): ClusterEvent => ({ kind: 'slice', key: value.key, value })),
]

/** Something happens. @returns what a watcher tells of it */
export const step = (world: World, random: Random): ClusterEvent[] => {
  const happening = random.pick(HAPPENINGS)
  return happening(world, random)
}

/** Several things at once. */
export const batchOf = (world: World, random: Random, most = 5): ClusterEvent[] =>
  Array.from({ length: 1 + random.below(most) }, () => step(world, random)).flat()

type Happening = (world: World, random: Random) => ClusterEvent[]

const put = (world: World, value: Service): ClusterEvent[] => {
  world.services.set(value.key, value)
  return [{ kind: 'service', key: value.key, value }]
}

const putSlice = (world: World, value: EndpointSlice): ClusterEvent[] => {
  world.slices.set(value.key, value)
  return [{ kind: 'slice', key: value.key, value }]
}

const createService: Happening = (world, random) => {
  const free = NAMES.filter((name) => !world.services.has(name))
  if (free.length === 0) return []
  const key = random.pick(free)
  const slices = [1, 2].slice(0, random.below(3)).flatMap((number) => putSlice(world, sliceOf(key, number, random)))
  const created = put(world, serviceOf(world, key, random))
  // Which of the two comes first is anybody's guess.
  return random.chance(0.5) ? [...slices, ...created] : [...created, ...slices]
}

const deleteService: Happening = (world, random) => {
  const key = anyOf(world.services.keys(), random)
  if (key === undefined) return []
  world.services.delete(key)
  const slices = [...world.slices.values()].filter(({ service }) => service === key).map((slice) => slice.key)
  for (const slice of slices) world.slices.delete(slice)
  return [
    { kind: 'service', key, value: undefined },
    ...slices.map((slice): ClusterEvent => ({ kind: 'slice', key: slice, value: undefined })),
  ]
}

const changeService: Happening = (world, random) => {
  const key = anyOf(world.services.keys(), random)
  const old = key === undefined ? undefined : world.services.get(key)
  if (old === undefined) return []
  const fresh = serviceOf(world, old.key, random)
  const { scheduler, affinitySeconds, ports, clusterIps } = fresh
  // A cluster IP never changes but by deleting and creating anew, which a watcher may tell as one change.
  const tweak = random.pick([{ scheduler }, { affinitySeconds }, { ports }, { ports, scheduler }, { clusterIps }])
  return put(world, { ...old, ...tweak })
}

const changeSlice: Happening = (world, random) => {
  const key = anyOf(world.services.keys(), random)
  return key === undefined ? [] : putSlice(world, sliceOf(key, 1 + random.below(2), random))
}

const deleteSlice: Happening = (world, random) => {
  const key = anyOf(world.slices.keys(), random)
  if (key === undefined) return []
  world.slices.delete(key)
  return [{ kind: 'slice', key, value: undefined }]
}

const changeNode: Happening = (world, random) => {
  if (!random.chance(0.2)) return []
  world.node = nodeOf(random.pick(NODES))
  return [{ kind: 'node', key: world.node.name, value: world.node }]
}

const HAPPENINGS: readonly Happening[] = [
  createService,
  deleteService,
  changeService,
  ...[changeSlice, changeSlice, changeSlice, changeSlice],
  deleteSlice,
  changeNode,
]

const nodeOf = (addresses: readonly string[]): Node => nodeObject({ addresses })

const serviceOf = (world: World, key: string, random: Random): Service => {
  const others = [...world.services.values()].filter((each) => each.key !== key)
  const takenVips = new Set(others.flatMap(({ clusterIps }) => clusterIps))
  const vip = random.pick(VIPS.filter((number) => !takenVips.has(`10.96.0.${number}`)))
  const takenPorts = new Set(others.flatMap(({ ports }) => ports.map(({ nodePort }) => nodePort)))
  const nodePorts = random.shuffled(NODE_PORTS.filter((number) => !takenPorts.has(number)))
  const exposed = random.chance(0.3)
  const ports = Array.from({ length: 1 + random.below(3) }, (_, index) => portOf(index, exposed ? (nodePorts[index] ?? 0) : 0))
  return serviceObject(key, {
    clusterIps: random.pick([[`10.96.0.${vip}`], [`10.96.0.${vip}`], [`10.96.0.${vip}`, `fd00:96::${vip.toString(16)}`]]),
    ports,
    scheduler: random.pick(['rr', 'lc', 'sh', 'mh']),
    affinitySeconds: random.pick([0, 0, 600]),
  })
}

const portOf = (index: number, nodePort: number): ServicePort =>
  port({ name: `p${index}`, protocol: PORTS[index] ?? 'tcp', port: 80 + index, nodePort })

const SLICE_PORTS: readonly EndpointPort[] = PORTS.map((protocol, index) => ({ name: `p${index}`, protocol, port: 8080 + index }))

/** Slices of a Service never share an endpoint, and number 2 is sometimes of the other family. */
const sliceOf = (service: string, number: number, random: Random): EndpointSlice => {
  const family = number === 2 && random.chance(0.5) ? 6 : 4
  const address = (index: number): string =>
    family === 4 ? `10.20.${index % 3}.${10 * number + index}` : `fd00:20:${index % 3}::${number}${index}`
  const endpoints = random
    .shuffled([0, 1, 2, 3, 4, 5])
    .slice(0, random.below(5))
    .map((index): Endpoint => endpoint(address(index), { ...stateOf(random), nodeName: index % 3 === 0 ? 'node-a' : `node-${index % 3}` }))
  return { key: `${service}-${number}`, service, family, ports: SLICE_PORTS.slice(0, 2 + random.below(2)), endpoints }
}

const stateOf = (random: Random): Pick<Endpoint, 'ready' | 'serving' | 'terminating'> =>
  random.pick([
    { ready: true, serving: true, terminating: false },
    { ready: true, serving: true, terminating: false },
    { ready: false, serving: false, terminating: false },
    { ready: false, serving: true, terminating: true },
  ])

const anyOf = (keys: Iterable<string>, random: Random): string | undefined => {
  const all = [...keys]
  return all.length === 0 ? undefined : random.pick(all)
}
