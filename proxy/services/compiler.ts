/**
 * From the cluster as last heard of to what each Service asks of the kernel, and what of it is not obeyed. Knows what all Services claim,
 * so that of two that want one address and port always the same one has it.
 */
import { type AddressRules, EVERY_ADDRESS } from './address-rules.ts'
import { createClaims } from './claims.ts'
import type { Cluster } from './cluster.ts'
import { desiredItems, type NodeView } from './desired.ts'
import { atMost, type Exposure, type Exposures, exposuresOf } from './exposures.ts'
import type { ItemMap } from './item.ts'
import type { Marks } from './marks.ts'
import { listed, warning } from './notice.ts'
import type { Schedulers, Scheduling } from './schedulers.ts'
import { each, type Steps } from './steps.ts'
import type { EndpointSlice, Service, ServiceKey, ServiceNotice } from './types.ts'

export interface Compiled {
  /** Undefined when the Service is gone: it asks for nothing. */
  readonly service: Service | undefined
  readonly items: ItemMap
  readonly notices: readonly ServiceNotice[]
}

export interface Compiler {
  /** The node is seen like this from now on, which may change every Service. Before the last step nothing is to be compiled. */
  look(node: NodeView): Steps<void>
  /** A Service changed or is gone. Returns others that may have won or lost an address and port by it. Nothing before the first `look`. */
  changed(service: ServiceKey): readonly ServiceKey[]
  /** What a Service asks for now. @throws when it cannot be told; before the first `look` too */
  compile(service: ServiceKey): Compiled
}

export interface CompilerParts {
  readonly cluster: Pick<Cluster, 'service' | 'services' | 'slicesOf'>
  readonly marks: Marks
  readonly rules?: AddressRules
  /** The scheduler in place of one that the kernel lacks; without it, the kernel has them all. */
  readonly usable?: Schedulers['usable']
}

export const createCompiler = ({ cluster, marks, rules = EVERY_ADDRESS, usable = AS_ASKED }: CompilerParts): Compiler => {
  let claims = createClaims()
  let view: NodeView | undefined
  /** Of the present view. A Service's endpoints change far more often than where it answers. */
  let known = new WeakMap<Service, Exposures>()

  const exposed = (service: Service, node: NodeView): Exposures => {
    let found = known.get(service)
    if (found === undefined) {
      found = exposuresOf(service, { node, rules })
      known.set(service, found)
    }
    return found
  }

  const claim = (service: Service, node: NodeView): readonly ServiceKey[] => {
    const [given, chosen]: [string[], string[]] = [[], []]
    for (const { entry, text } of exposed(service, node).exposures) (isGiven(entry) ? given : chosen).push(text)
    return claims.set(service.key, { createdAt: service.createdAt, given, chosen })
  }

  function* look(node: NodeView): Steps<void> {
    view = node
    claims = createClaims()
    known = new WeakMap()
    yield* each(cluster.services(), (service) => void claim(service, node))
  }

  const changed = (key: ServiceKey): readonly ServiceKey[] => {
    const service = cluster.service(key)
    if (view === undefined) return []
    return service === undefined ? claims.set(key, undefined) : claim(service, view)
  }

  const compile = (key: ServiceKey): Compiled => {
    const service = cluster.service(key)
    if (service === undefined) return { service, items: new Map(), notices: [] }
    if (view === undefined) throw new Error(`${key}: the node is not known yet`)
    const { exposures, vips, notices } = exposed(service, view)
    const isOthers = (text: string): boolean => (claims.holder(text) ?? key) !== key
    const isOurs = ({ text }: Exposure): boolean => !isOthers(text)
    const marked: ServiceNotice[] = []
    const markOf = (port: Service['ports'][number], outer: readonly Exposure[]): number | undefined => {
      const mark = marks.markOf(key, `${port.protocol} ${port.port}`, { texts: outer.map(({ text }) => text), isOthers })
      if (mark === undefined) marked.push(OUT_OF_MARKS)
      return mark
    }
    const slices = [...cluster.slicesOf(key)]
    const held = exposures.every(isOurs) ? exposures : exposures.filter(isOurs)
    const ours = atMost(bearable(service, slices), { exposures: held, vips })
    const replaced = new Map<string, string>()
    const schedule = (asked: Scheduling): Scheduling => {
      const given = usable(asked)
      if (given !== asked) replaced.set(asked.scheduler, given.scheduler)
      return given
    }
    const items = desiredItems({ service, slices, node: view, exposures: ours.exposures, vips: ours.vips, markOf, schedule })
    const lost = held === exposures ? [] : lostNotices(exposures, ({ text }) => (isOthers(text) ? claims.holder(text) : undefined))
    return {
      service,
      items,
      notices: [...service.notices, ...notices, ...ours.notices, ...lost, ...marked.slice(0, 1), ...[...replaced].map(missing)],
    }
  }

  return { look, changed, compile }
}

/** Kernel objects of one Service: each address and port has all endpoints, and all source ranges. */
const MOST_ITEMS = 400_000

const bearable = ({ sourceRanges = [] }: Service, slices: readonly EndpointSlice[]): number => {
  const endpoints = slices.reduce((sum, slice) => sum + slice.endpoints.length, 0)
  return Math.max(1, Math.floor(MOST_ITEMS / (4 + endpoints + sourceRanges.length)))
}

const isGiven = (entry: Exposure['entry']): boolean => entry === 'cluster' || entry === 'node'

const OUT_OF_MARKS = warning(
  'OutOfMarks',
  'externalTrafficPolicy Local: all 65535 packet marks are in use; clients outside the cluster are not served on this node',
)

const AS_ASKED = (asked: Scheduling): Scheduling => asked

const missing = ([asked, given]: readonly [string, string]): ServiceNotice =>
  warning('SchedulerMissing', `the kernel of this node has no scheduler ${asked} (module ip_vs_${asked}); ${given} is used`)

/** One notice for each Service that has what this one wants. */
const lostNotices = (exposures: readonly Exposure[], rivalOf: (exposure: Exposure) => ServiceKey | undefined): readonly ServiceNotice[] =>
  [...Map.groupBy(exposures, rivalOf)].flatMap(([holder, lost]) => {
    if (holder === undefined) return []
    const texts = lost.map(({ address, number, port }) => `${address} port ${number}/${port.protocol}`)
    return warning(
      'AddressInUse',
      `${listed(texts)}: in use by the Service ${holder}, which comes first; served here when that one lets go`,
    )
  })
