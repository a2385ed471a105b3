/** What the reference’s host-local says of each wrong config and request, in the exact words. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { failure, type Probe, type ProbeCall, runProbes } from './probe.ts'

t.before(buildExecutables)

type HostLocalProbe = Omit<Probe, 'plugin' | 'config'> & { readonly config?: object; readonly ipam?: object }

const SUBNET = { subnet: '10.7.0.0/24' }
const SET = { ranges: [[SUBNET]] }

const configOf = (ipam: object | undefined, config: object = {}): object => ({
  ipam: { type: 'host-local', dataDir: 'DIR', ...ipam },
  ...config,
})

const probe = ({ ipam = SET, config, ...rest }: HostLocalProbe): Probe => ({
  plugin: 'host-local',
  config: configOf(ipam, config),
  ...rest,
})

/** A lease that is there already. */
const leaseOf = (containerId: string, ipam: object, config: object = {}): ProbeCall => ({
  plugin: 'host-local',
  env: { CNI_CONTAINERID: containerId },
  config: configOf(ipam, config),
})

const asks = (...ips: string[]): object => ({ args: { cni: { ips } } })
const badRange = (fields: object, words: string): HostLocalProbe => ({
  title: words,
  ipam: { ranges: [[{ subnet: '10.1.2.0/24', ...fields }]] },
  prints: failure(`invalid range set 0: ${words}`),
})
const badArgs = (args: string, words: string): HostLocalProbe => ({ title: words, env: { CNI_ARGS: args }, prints: failure(words) })

const RANGES: readonly HostLocalProbe[] = [
  { title: 'nothing to give from', ipam: {}, prints: failure('no IP ranges specified') },
  {
    title: 'a start, an end and a gateway without a subnet are nothing',
    ipam: { rangeStart: '10.1.2.3', gateway: '10.1.2.1' },
    prints: failure('no IP ranges specified'),
  },
  { title: 'an empty set', ipam: { ranges: [[]] }, prints: failure('invalid range set 0: empty range set') },
  { title: 'the second set', ipam: { ranges: [[SUBNET], []] }, prints: failure('invalid range set 1: empty range set') },
  badRange({ subnet: '192.0.2.0/31' }, 'Network 192.0.2.0/31 too small to allocate from'),
  badRange({ subnet: '2001:db8::/127' }, 'Network 2001:db8::/127 too small to allocate from'),
  badRange({ subnet: '::ffff:10.7.0.0/120' }, 'IPNet IP and Mask version mismatch'),
  badRange({ subnet: '::ffff:10.7.0.0/127' }, 'Network 10.7.0.0/31 too small to allocate from'),
  badRange({ subnet: '::ffff:10.7.0.0/24' }, 'IPNet IP and Mask version mismatch'),
  badRange({ subnet: '192.0.2.12/24' }, 'Network has host bits set. For a subnet mask of length 24 the network address is 192.0.2.0'),
  badRange({ subnet: '2001:db8::1/64' }, 'Network has host bits set. For a subnet mask of length 64 the network address is 2001:db8::'),
  badRange({ rangeStart: '10.9.9.9' }, 'RangeStart 10.9.9.9 not in network 10.1.2.0/24'),
  badRange({ rangeEnd: '10.9.9.9' }, 'RangeEnd 10.9.9.9 not in network 10.1.2.0/24'),
  badRange({ rangeStart: '10.1.2.50', rangeEnd: '10.1.2.40' }, 'RangeStart 10.1.2.50 not in network 10.1.2.0/24'),
  {
    title: 'ranges of one set overlap',
    ipam: { ranges: [[{ subnet: '192.0.2.0/24' }, { subnet: '192.0.2.128/25' }]] },
    prints: failure('invalid range set 0: subnets 192.0.2.1-192.0.2.254 and 192.0.2.129-192.0.2.254 overlap'),
  },
  {
    title: 'families of one set',
    ipam: { ranges: [[SUBNET, { subnet: 'fd00::/64' }]] },
    prints: failure('invalid range set 0: mixed address families'),
  },
  { title: 'sets overlap', ipam: { ranges: [[SUBNET], [{ subnet: '10.7.0.128/25' }]] }, prints: failure('range set 0 overlaps with 1') },
  { title: 'the legacy subnet is the first set', ipam: { ...SUBNET, ranges: [[SUBNET]] }, prints: failure('range set 0 overlaps with 1') },
  ...(['ADD', 'DEL'] as const).map((verb) => ({
    title: `two IPv4 sets before 0.3.0, ${verb}`,
    verb,
    config: { cniVersion: '0.2.0' },
    ipam: { ranges: [[SUBNET], [{ subnet: '10.8.0.0/24' }]] },
    prints: failure('CNI version 0.2.0 does not support more than 1 address per family'),
  })),
  {
    title: 'two IPv6 sets before 0.3.0',
    config: { cniVersion: '0.1.0' },
    ipam: { ranges: [[{ subnet: 'fd00:1::/64' }], [{ subnet: 'fd00:2::/64' }]] },
    prints: failure('CNI version 0.1.0 does not support more than 1 address per family'),
  },
  { title: 'no ipam', config: { ipam: null }, prints: failure("IPAM config missing 'ipam' key") },
]

const ARGUMENTS: readonly HostLocalProbe[] = [
  badArgs('FOO=bar', 'ARGS: unknown args ["FOO=bar"]'),
  badArgs('FOO=bar;IP=10.7.0.5', 'ARGS: unknown args ["FOO=bar"]'),
  badArgs('FOO=bar;IgnoreUnknown=0', 'ARGS: unknown args ["FOO=bar"]'),
  badArgs('IP=10.7.0.5;', 'ARGS: invalid pair ""'),
  badArgs('none', 'ARGS: invalid pair "none"'),
  badArgs('FOO=a=b;IgnoreUnknown=1', 'ARGS: invalid pair "FOO=a=b"'),
  badArgs('IgnoreUnknown=x', 'ARGS: error parsing value of pair "IgnoreUnknown=x": boolean unmarshal error: invalid input x'),
  badArgs('ip=10.7.0.5', 'ARGS: unknown args ["ip=10.7.0.5"]'),
  {
    title: 'ipam is looked at before CNI_ARGS',
    config: { ipam: null },
    env: { CNI_ARGS: 'none' },
    prints: failure("IPAM config missing 'ipam' key"),
  },
  { title: 'CNI_ARGS are looked at before ranges', ipam: {}, env: { CNI_ARGS: 'none' }, prints: failure('ARGS: invalid pair "none"') },
]

const REQUESTS: readonly HostLocalProbe[] = [
  { title: 'no address', config: asks('x'), prints: failure('invalid IP address x') },
  { title: 'an empty address', config: asks(''), prints: failure('cannot understand ip: IP <nil> not v4 nor v6') },
  {
    title: 'no address, by the runtime',
    config: { runtimeConfig: { ips: ['10.7.0.300'] } },
    prints: failure('invalid IP address 10.7.0.300'),
  },
  {
    title: 'the gateway',
    config: asks('10.7.0.1'),
    prints: failure("failed to allocate for range 0: requested ip 10.7.0.1 is subnet's gateway"),
  },
  {
    title: 'a gateway of one’s own',
    ipam: { ranges: [[{ ...SUBNET, gateway: '10.7.0.99' }]] },
    config: asks('10.7.0.99/24'),
    prints: failure("failed to allocate for range 0: requested ip 10.7.0.99 is subnet's gateway"),
  },
  {
    title: 'an address that is taken',
    before: [leaseOf('other', SET, asks('10.7.0.77'))],
    config: asks('10.7.0.77'),
    prints: failure('failed to allocate for range 0: requested IP address 10.7.0.77 is not available in range set 10.7.0.1-10.7.0.254'),
  },
  {
    title: 'an address that the container has',
    before: [leaseOf('cid1', SET, asks('10.7.0.77'))],
    config: asks('10.7.0.77'),
    prints: failure('failed to allocate for range 0: requested IP address 10.7.0.77 is not available in range set 10.7.0.1-10.7.0.254'),
  },
  {
    title: 'addresses of nowhere',
    config: asks('10.8.0.77', '10.9.0.1'),
    prints: failure('failed to allocate all requested IPs: 10.8.0.77 10.9.0.1'),
  },
  {
    title: 'addresses of nowhere, in order of their source',
    env: { CNI_ARGS: 'IP=10.9.0.1' },
    config: asks('10.8.0.77'),
    prints: failure('failed to allocate all requested IPs: 10.9.0.1 10.8.0.77'),
  },
  {
    title: 'one address too many of one set',
    config: asks('10.7.0.5', '10.9.0.1'),
    prints: failure('failed to allocate all requested IPs: 10.9.0.1'),
  },
  {
    title: 'the same container again',
    before: [leaseOf('cid1', SET)],
    prints: failure('failed to allocate for range 0: 10.7.0.2 has been allocated to cid1, duplicate allocation is not allowed'),
  },
  {
    title: 'nothing left',
    ipam: { ranges: [[{ subnet: '10.7.0.0/30' }]] },
    before: [leaseOf('other', { ranges: [[{ subnet: '10.7.0.0/30' }]] })],
    prints: failure('failed to allocate for range 0: no IP addresses available in range set: 10.7.0.1-10.7.0.2'),
  },
  {
    title: 'nothing left in the second set',
    ipam: { ranges: [[SUBNET], [{ subnet: '10.8.0.0/30' }]] },
    before: [leaseOf('other', { ranges: [[{ subnet: '10.8.0.0/30' }]] })],
    prints: failure('failed to allocate for range 1: no IP addresses available in range set: 10.8.0.1-10.8.0.2'),
  },
  {
    title: 'nothing left in a set of two ranges',
    ipam: { ranges: [[{ subnet: '10.7.0.0/30' }, { subnet: '10.7.1.0/30' }]] },
    before: ['one', 'two'].map((id) => leaseOf(id, { ranges: [[{ subnet: '10.7.0.0/30' }, { subnet: '10.7.1.0/30' }]] })),
    prints: failure('failed to allocate for range 0: no IP addresses available in range set: 10.7.0.1-10.7.0.2,10.7.1.1-10.7.1.2'),
  },
  { title: 'CHECK of what was never added', verb: 'CHECK', prints: failure('host-local: Failed to find address added by container cid1') },
  {
    title: 'a resolvConf that is not there',
    ipam: { ...SET, resolvConf: 'DIR/none' },
    prints: failure('open DIR/none: no such file or directory'),
  },
  { title: 'DEL of what was never added', verb: 'DEL', prints: '' },
]

for (const [title, table] of Object.entries({ RANGES, ARGUMENTS, REQUESTS })) {
  t.test(`host-local refuses wrong ${title.toLowerCase()} in the reference’s words`, requires('root', 'ip', 'nsenter'), async (t) => {
    await runProbes(t, table.map(probe))
  })
}
