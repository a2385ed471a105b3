/**
 * Packet marks of Service ports whose clients outside get endpoints of their own (externalTrafficPolicy Local). A mark is
 * `index << 16 | 0x1000`. A port keeps its mark for as long as it needs one, also over a restart: what the kernel's maps hold is adopted.
 */
import { isMarkServer } from '#kernel/ipvs/server-id.ts'
import { fnv1a } from './fnv.ts'
import type { Item } from './item.ts'
import type { ServiceKey } from './types.ts'

/** Set in every mark: it tells our packets apart, and from those that others masquerade (0x2000 portmap, 0x4000 kube-proxy). */
const MARK_BIT = 0x1000
const LAST_INDEX = 0xffff

export interface Marks {
  /**
   * The mark of one port of a Service, `protocol port`: the one it has; else one that the kernel's maps hold for one of `texts`
   * (`address . protocol . port`) and for nothing that is another Service's now; else a free one near the hash of its name. Undefined when
   * all 65535 are in use.
   */
  markOf(service: ServiceKey, port: string, asked: AskedMark): number | undefined
  /** What the kernel's maps hold, mark by text: none of it is given to anybody else. */
  observe(held: ReadonlyMap<string, number>): void
  has(service: ServiceKey): boolean
  /** The Service needs no others than these any more. */
  keep(service: ServiceKey, needed: ReadonlySet<number>): void
}

export interface AskedMark {
  readonly texts: readonly string[]
  readonly isOthers: (text: string) => boolean
}

export const createMarks = (): Marks => {
  const byService = new Map<ServiceKey, Map<string, number>>()
  const owners = new Map<number, ServiceKey>()
  let observed: ReadonlyMap<string, number> = new Map()
  /** What each of them is given for. */
  let reserved: ReadonlyMap<number, readonly string[]> = new Map()

  /** Until its own are written, another Service's clients would be led to the virtual server of a mark that they still have. */
  const isFree = (mark: number, { isOthers }: AskedMark): boolean =>
    isOurs(mark) && !owners.has(mark) && !(reserved.get(mark) ?? []).some(isOthers)

  const adoptable = (asked: AskedMark): number | undefined =>
    asked.texts.flatMap((text) => observed.get(text) ?? []).find((mark) => isFree(mark, asked))

  const free = (name: string): number | undefined => {
    const first = fnv1a(name) % LAST_INDEX
    for (let step = 0; step < LAST_INDEX; step++) {
      const mark = markOfIndex(((first + step) % LAST_INDEX) + 1)
      if (!owners.has(mark) && !reserved.has(mark)) return mark
    }
    return undefined
  }

  return {
    markOf: (service, port, asked) => {
      const own = byService.get(service) ?? new Map<string, number>()
      const mark = own.get(port) ?? adoptable(asked) ?? free(`${service} ${port}`)
      if (mark === undefined) return undefined
      owners.set(mark, service)
      byService.set(service, own.set(port, mark))
      return mark
    },
    observe: (held) => {
      observed = held
      const byMark = Map.groupBy(held, ([, mark]) => mark)
      reserved = new Map([...byMark].map(([mark, given]) => [mark, given.map(([text]) => text)]))
    },
    has: (service) => byService.has(service),
    keep: (service, needed) => {
      const own = byService.get(service)
      if (own === undefined) return
      for (const [port, mark] of own) {
        if (needed.has(mark)) continue
        own.delete(port)
        owners.delete(mark)
      }
      if (own.size === 0) byService.delete(service)
    },
  }
}

/** What the maps hold among these items: mark by text. */
export const heldMarks = (items: Iterable<Item>): ReadonlyMap<string, number> => {
  const held = new Map<string, number>()
  for (const item of items) if (item.kind === 'mark') held.set(item.element, item.mark)
  return held
}

/** The marks that these items are about, by map or by virtual server. */
export const marksOf = (items: Iterable<Item>): ReadonlySet<number> => {
  const marks = new Set<number>()
  for (const item of items) {
    if (item.kind === 'mark') marks.add(item.mark)
    else if (item.kind === 'server' && isMarkServer(item.server)) marks.add(item.server.fwmark)
  }
  return marks
}

const markOfIndex = (index: number): number => index * 0x10000 + MARK_BIT

const isOurs = (mark: number): boolean => mark % 0x10000 === MARK_BIT && mark > 0x10000
