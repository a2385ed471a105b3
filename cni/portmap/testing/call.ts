/** Calls of the plugin for tests, as a runtime makes them. */
import { parseJson } from '../../protocol/json.ts'
import type { Call } from '../../protocol/plugin.ts'
import type { CniVersion } from '../../protocol/version.ts'
import { type PortmapConfig, readConfig } from '../config.ts'

export const ADDRESSES = { 4: '10.20.3.2/24', 6: 'fd00:20:3::2/112' } as const

/** A previous result: the container's addresses of these families on its interface eth0. */
export const previousResult = (...families: (4 | 6)[]): object => ({
  cniVersion: '1.0.0',
  interfaces: [{ name: 'eth0', sandbox: '/run/netns/pod' }],
  ips: families.map((family) => ({ interface: 0, address: ADDRESSES[family] })),
})

export const mapping = (hostPort: number, containerPort: number, protocol = 'tcp', hostIP?: string): object => ({
  hostPort,
  containerPort,
  protocol,
  ...(hostIP !== undefined && { hostIP }),
})

/** A config for an IPv4 container with port 8080 mapped to 80, or with `fields` over that. */
export const configText = (fields: object = {}): string =>
  JSON.stringify({
    cniVersion: '1.0.0',
    name: 'mynet',
    type: 'portmap',
    prevResult: previousResult(4),
    runtimeConfig: { portMappings: [mapping(8080, 80)] },
    ...fields,
  })

export interface TestCall extends Call {
  /** What the call wrote to standard error. */
  readonly warnings: string[]
}

const unexpected = (): never => {
  throw new Error('portmap runs no other plugin')
}

export const testCall = (fields: object = {}, { containerId = 'cid1', network = 'mynet', text = configText(fields) } = {}): TestCall => {
  const warnings: string[] = []
  const config = parseJson(text)
  const version: CniVersion = '1.0.0'
  const delegate = { add: unexpected, del: unexpected, check: unexpected, gc: unexpected, status: unexpected }
  const identity = { containerId, netns: '/run/netns/pod', ifname: 'eth0', args: '', network }
  return { ...identity, config, cniVersion: version, delegate, warn: (line) => warnings.push(line), warnings }
}

/** A config as the plugin reads it, on a host with both packet filters. */
export const testConfig = (fields: object = {}, options: { containerId?: string; network?: string } = {}): PortmapConfig =>
  readConfig(testCall(fields, options), { iptables: () => true, nftables: () => true })
