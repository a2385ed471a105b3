/** The fake kernel behind calls that fail as the real one's do: one operation refused, an acknowledgement lost, a socket that breaks. */
import { KernelError } from '#kernel/errno.ts'
import type { IpvsOperation } from '#kernel/ipvs/types.ts'
import type { Outcome } from '../../../proxy/services/data-plane.ts'
import { type Item, type ItemKey, itemKey } from '../../../proxy/services/item.ts'
import { createFakeDataPlane, type FakeDataPlane } from '../../../proxy/services/testing/fake-data-plane.ts'

/** One change that is asked of the kernel. */
export interface Change {
  readonly kind: 'table' | 'ipvs' | 'route'
  /** `add`, `delete`, `addServer`, `replace`, … */
  readonly verb: string
  readonly key: ItemKey
}

export interface Fault {
  readonly errno: number
  /** The kernel does it all the same: only the answer is wrong, or lost. */
  readonly done: boolean
  /** The call as a whole fails here: what comes after in it is not done, and nobody knows what came before. */
  readonly breaks: boolean
}

export interface FaultyPlane extends FakeDataPlane {
  /** What becomes of a change; undefined = it works. Asked for each change, in the order in which they are carried out. */
  judge: (change: Change) => Fault | undefined
  /** Looks at the kernel before each change. */
  watch: (change: Change) => void
  /** Called for what reads the kernel or prepares it; may throw. */
  read: (what: 'base' | 'observe') => void
  /** The kernel was read. */
  seen: () => void
}

/** @param inner a fake kernel that may hold something already */
export const createFaultyPlane = (inner: FakeDataPlane = createFakeDataPlane()): FaultyPlane => {
  const fail = ({ errno }: Fault): KernelError => new KernelError('injected', errno)
  const one = (change: Change, apply: () => Outcome): Outcome => {
    plane.watch(change)
    const fault = plane.judge(change)
    if (fault === undefined) return apply()
    if (fault.done) apply()
    if (fault.breaks) throw fail(fault)
    return fail(fault)
  }
  const plane: FaultyPlane = {
    ...inner,
    judge: () => undefined,
    watch: () => {},
    read: () => {},
    seen: () => {},
    changeElements: (changes) =>
      changes.map((change) =>
        one({ kind: 'table', verb: change.verb, key: itemKey(change.item) }, () => inner.changeElements([change])[0]),
      ),
    changeIpvs: (operations) =>
      operations.map((operation) =>
        one({ kind: 'ipvs', verb: operation.verb, key: itemKey(itemOf(operation)) }, () => inner.changeIpvs([operation])[0]),
      ),
    changeRoutes: (changes) =>
      changes.map((change) => one({ kind: 'route', verb: change.verb, key: itemKey(change.route) }, () => inner.changeRoutes([change])[0])),
    ensureBase: () => {
      plane.read('base')
      return inner.ensureBase()
    },
    observe: () => {
      plane.read('observe')
      plane.seen()
      return inner.observe()
    },
  }
  return plane
}

const itemOf = (operation: IpvsOperation): Item => {
  if ('destination' in operation)
    return { kind: 'destination', server: operation.server, destination: { weight: 0, ...operation.destination } }
  return { kind: 'server', server: { scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0, ...operation.server } }
}
