/** Which entries of a result are the bridge, the container's interface and its addresses: pure. */
import type { ResultInterface, WrittenResult } from '../../protocol/result.ts'

/** What the call names. */
export interface Names {
  readonly bridge: string
  readonly interface: string
  readonly sandbox: string
}

export interface Entries {
  readonly bridge: ResultInterface | undefined
  readonly container: ResultInterface | undefined
  /** Interfaces of other names: the port is one, gateways into VLANs and those of other plugins may be others. */
  readonly others: readonly ResultInterface[]
  readonly ips: WrittenResult['ips']
}

/**
 * Sorts a result, which plugins behind this one may have added to. Of several entries for one device the last counts. An address that
 * names another interface of the result is another plugin's: the reference looks for it on this one.
 */
export const entriesOf = ({ interfaces, ips }: Pick<WrittenResult, 'interfaces' | 'ips'>, names: Names): Entries => {
  const isContainer = ({ name, sandbox }: ResultInterface): boolean => name === names.interface && sandbox === names.sandbox
  const bridge = interfaces.findLast(({ name }) => name === names.bridge)
  const container = interfaces.findLast((entry) => entry.name !== names.bridge && isContainer(entry))
  return {
    bridge,
    container,
    others: interfaces.filter(({ name }) => name !== bridge?.name && name !== container?.name),
    ips: ips.filter(({ interface: position }) => {
      const named = position === undefined ? undefined : interfaces[position]
      return named === undefined || isContainer(named)
    }),
  }
}
