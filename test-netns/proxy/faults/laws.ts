/** What must hold at every single change of the kernel, whatever fails. */
import type { Item } from '../../../proxy/services/item.ts'
import type { Change, FaultyPlane } from './faulty-plane.ts'
import { type Expected, referenceOfService, settingsOf } from './reference.ts'
import type { World } from './world.ts'

export interface Laws {
  /** What was done against them, one line each. */
  readonly broken: string[]
  /** The kernel is as the world wants it: from now on only what changes may be touched. */
  rest(world: World): void
  /** The world has changed. */
  changed(world: World): void
  /** These may be made anew although nobody changed them. */
  disturbed(keys: Iterable<string>): void
  /** Somebody else took these away, or changed them. */
  taken(keys: Iterable<string>): void
}

/** A world, looked at once. */
interface View {
  readonly wanted: Expected
  readonly services: ReadonlyMap<string, Expected>
  /** Who wants each kernel object. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string>>
}

/** Watches over a kernel from now on. */
export const watchLaws = (plane: FaultyPlane): Laws => {
  const broken: string[] = []
  const unsettled = new Set<string>()
  /** What others took away or changed, and the proxy cannot know of: it has not read the kernel since. */
  const unseen = new Set<string>()
  plane.seen = () => unseen.clear()
  let view: View = { wanted: new Map(), services: new Map(), owners: new Map() }
  /** Who has wanted it all the time since the last rest. */
  let steadily: View['owners'] = new Map()

  const rest = (world: World): void => {
    view = viewOf(world)
    steadily = view.owners
    unsettled.clear()
  }
  const changed = (world: World): void => {
    const before = view.wanted
    view = viewOf(world)
    const { wanted, owners } = view
    for (const key of new Set([...before.keys(), ...wanted.keys()])) if (before.get(key) !== wanted.get(key)) unsettled.add(key)
    for (const [key, old] of steadily) if ([...old].some((owner) => owners.get(key)?.has(owner) !== true)) unsettled.add(key)
    steadily = new Map([...steadily].map(([key, old]) => [key, intersection(old, owners.get(key))]))
  }

  plane.watch = (change) => {
    const { verb, key } = change
    const wasUnseen = unseen.delete(key)
    const wanted = view.wanted.has(key)
    if (wanted && !unsettled.has(key)) broken.push(`touched what nobody had changed: ${verb} ${key}`)
    if (verb.startsWith('delete') && wanted && (steadily.get(key)?.size ?? 0) > 0)
      broken.push(`deleted what is still wanted: ${verb} ${key}`)
    // A route that others took, while the kernel could not be read, is given its new source as one that stands.
    if (verb === 'replace' && key.startsWith('route ') && !wasUnseen) broken.push(...boundTooEarly(change, plane, { ...view, unseen }))
    const vip = /^element address[46] (.*)/.exec(key)?.[1]
    if (verb === 'delete' && plane.items.has(`route ${vip}`)) broken.push(`left a VIP without its guard: ${verb} ${key}`)
  }

  return {
    broken,
    rest,
    changed,
    disturbed: (keys) => {
      for (const key of keys) unsettled.add(key)
    },
    taken: (keys) => {
      for (const key of keys) {
        unsettled.add(key)
        unseen.add(key)
      }
    },
  }
}

const viewOf = (world: World): View => {
  const services = new Map([...world.services.keys()].map((service) => [service, referenceOfService(world, service)]))
  const owners = new Map<string, Set<string>>()
  for (const [service, items] of services) for (const key of items.keys()) owners.set(key, (owners.get(key) ?? new Set()).add(service))
  return { wanted: new Map([...services.values()].flatMap((items) => [...items])), services, owners }
}

const intersection = (one: ReadonlySet<string>, other: ReadonlySet<string> | undefined): ReadonlySet<string> =>
  new Set([...one].filter((each) => other?.has(each)))

/** A new VIP comes last: everything else of its Service must stand, as far as the proxy can know. */
const boundTooEarly = (
  { key }: Change,
  { items }: FaultyPlane,
  { owners, services, unseen }: View & { readonly unseen: ReadonlySet<string> },
): string[] => {
  if (items.has(key)) return []
  const needed = [...(owners.get(key) ?? [])].flatMap((service) => [...(services.get(service) ?? [])])
  return needed
    .filter(([other, value]) => !other.startsWith('route ') && !unseen.has(other) && !isHeld(items.get(other), value))
    .map(([other]) => `bound before its Service stood: ${key} without ${other}`)
}

const isHeld = (item: Item | undefined, value: string): boolean => item !== undefined && settingsOf(item) === value
