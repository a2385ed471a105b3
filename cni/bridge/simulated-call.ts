/** A simulated call for unit tests of ADD and DEL: its IPAM plugin gives one lease, and writes into the log of the simulated kernel. */
import { parseCidr } from '#net/cidr.ts'
import { parseJson } from '../protocol/json.ts'
import type { Call, Delegate } from '../protocol/plugin.ts'
import { EMPTY_RESULT, type Result } from '../protocol/result.ts'
import type { SimulatedEdges } from './simulated-edges.ts'

export const LEASE: Result = {
  ...EMPTY_RESULT,
  ips: [{ address: parseCidr('10.1.0.2/24') ?? { address: '', prefixLength: 0 }, gateway: '10.1.0.1' }],
}

export interface SimulatedCall extends Call {
  /** What was written to standard error. */
  readonly warnings: readonly string[]
}

export const simulatedCall = ({ log }: SimulatedEdges, config: object, delegate: Partial<Delegate> = {}): SimulatedCall => {
  const warnings: string[] = []
  const unused = (): never => {
    throw new Error('not simulated')
  }
  return {
    containerId: 'cid1',
    netns: '/run/netns/pod',
    ifname: 'eth0',
    args: '',
    network: 'mynet',
    config: parseJson(JSON.stringify({ bridge: 'br0', ...config })),
    cniVersion: '1.0.0',
    delegate: {
      add: (type) => {
        log.push(`lease from ${type}`)
        return LEASE
      },
      del: (type) => {
        log.push(`release to ${type}`)
      },
      check: unused,
      gc: unused,
      status: unused,
      ...delegate,
    },
    warn: (line) => warnings.push(line),
    warnings,
  }
}
