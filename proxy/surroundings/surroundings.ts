/**
 * What stands around the data plane on a node: packet filters of others that must let packets of Services through, and NodePorts that must not
 * be given to the node's own connections. What cannot be made so is told once and tried again; Services are programmed all the same.
 */
import type { Sysctls } from '#kernel/sysctl.ts'
import type { Log } from '../log.ts'
import { asError } from '../services/as-error.ts'
import type { DataPlane } from '../services/data-plane.ts'
import type { FilterChange, ForeignFilters } from './foreign-filters.ts'
import type { PortRange } from './port-ranges.ts'
import type { ChangeRecord } from './record.ts'
import { ensureReservedPorts } from './reserved-ports.ts'

export interface SurroundingsParts {
  readonly filters: ForeignFilters
  readonly sysctls: Sysctls
  readonly record: ChangeRecord
  /** `--service-node-port-range` */
  readonly nodePorts: PortRange
  readonly log: Pick<Log, 'info' | 'warn'>
}

export interface Surroundings {
  /** Makes them so; true when something was written. Never throws. */
  ensure(): boolean
}

export const createSurroundings = ({ filters, sysctls, record, nodePorts, log }: SurroundingsParts): Surroundings => {
  const told = new Map<string, string>()
  const tell = (where: string, failure: Error): void => {
    if (told.get(where) === failure.message) return
    told.set(where, failure.message)
    log.warn('could not be made ready for Services; will be tried again', { where, reason: failure })
  }

  const ensureFilters = (): boolean => {
    const changes = filters.ensure()
    for (const { where, verb, failure } of changes) {
      if (failure !== undefined) tell(where, failure)
      else {
        told.delete(where)
        log.info(SAYINGS[verb], { where })
      }
    }
    return changes.some(({ failure }) => failure === undefined)
  }
  const ensurePorts = (): boolean => {
    const reserved = ensureReservedPorts(sysctls, record, nodePorts)
    if (reserved) log.info('reserved NodePorts that the kernel would give to connections of this node', { ...nodePorts })
    return reserved
  }
  const attempt = (where: string, action: () => boolean): boolean => {
    try {
      return action()
    } catch (error) {
      tell(where, asError(error))
      return false
    }
  }
  return {
    ensure: () => {
      const results = [attempt('packet filters', ensureFilters), attempt('reserved ports', ensurePorts)]
      return results.includes(true)
    },
  }
}

const SAYINGS: Readonly<Record<FilterChange['verb'], string>> = {
  add: 'accepting packets of Services in a packet filter that drops the rest',
  remove: 'removed our rule from a packet filter that does not need it any more',
}

/**
 * A data plane that looks after its surroundings too. Its own tables come first: they note the ruleset's generation, and whatever others
 * write from then on, also while packet filters are looked at here, is news to the next look.
 */
export const withSurroundings = <Plane extends Pick<DataPlane, 'ensureBase'>>(plane: Plane, surroundings: Surroundings): Plane => ({
  ...plane,
  *ensureBase() {
    const changed = yield* plane.ensureBase()
    return surroundings.ensure() || changed
  },
})
