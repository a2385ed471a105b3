/** Whole outputs of the reference plugins, to the byte: the order of keys, what is left out, and how each version names things. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { type Probe, runProbes } from './probe.ts'

t.before(buildExecutables)

/** As Go indents, and escapes. */
const pretty = (value: object): string => JSON.stringify(value, null, 4).replaceAll('<nil>', '\\u003cnil\\u003e')

const IPAM = {
  type: 'host-local',
  dataDir: 'DIR',
  ranges: [[{ subnet: '10.9.0.0/24' }]],
  routes: [{ dst: '0.0.0.0/0' }, { dst: '10.8.0.0/16', gw: '10.9.0.5' }],
}
const ROUTES = [{ dst: '0.0.0.0/0' }, { dst: '10.8.0.0/16', gw: '10.9.0.5' }]
const IP4 = { ip: '10.9.0.2/24', gateway: '10.9.0.1', routes: ROUTES }
const IPS = [{ version: '4', address: '10.9.0.2/24', gateway: '10.9.0.1' }]
const DUAL = { ...IPAM, ranges: [[{ subnet: '10.9.0.0/24' }], [{ subnet: '2001:db8:1::/64' }]], routes: [{ dst: '::/0' }] }

const ofHostLocal = (title: string, config: object | string, result: object): Probe => ({
  title,
  plugin: 'host-local',
  config,
  prints: pretty(result),
})

const HOST_LOCAL: readonly Probe[] = [
  ofHostLocal('no version', JSON.stringify({ name: 'net', ipam: IPAM }), { cniVersion: '0.1.0', ip4: IP4, dns: {} }),
  ofHostLocal('an empty version', { cniVersion: '', ipam: IPAM }, { cniVersion: '0.1.0', ip4: IP4, dns: {} }),
  ...['0.1.0', '0.2.0'].map((cniVersion) => ofHostLocal(cniVersion, { cniVersion, ipam: IPAM }, { cniVersion, ip4: IP4, dns: {} })),
  ...['0.3.0', '0.3.1', '0.4.0'].map((cniVersion) =>
    ofHostLocal(cniVersion, { cniVersion, ipam: IPAM }, { cniVersion, ips: IPS, routes: ROUTES, dns: {} }),
  ),
  ...['1.0.0', '1.1.0'].map((cniVersion) =>
    ofHostLocal(
      cniVersion,
      { cniVersion, ipam: IPAM },
      { cniVersion, ips: [{ address: '10.9.0.2/24', gateway: '10.9.0.1' }], routes: ROUTES },
    ),
  ),
  ofHostLocal(
    'both families before 0.3.0: a route belongs to one',
    { cniVersion: '0.2.0', ipam: DUAL },
    {
      cniVersion: '0.2.0',
      ip4: { ip: '10.9.0.2/24', gateway: '10.9.0.1' },
      ip6: { ip: '2001:db8:1::2/64', gateway: '2001:db8:1::1', routes: [{ dst: '::/0' }] },
      dns: {},
    },
  ),
  ofHostLocal(
    'both families',
    { cniVersion: '0.4.0', ipam: DUAL },
    {
      cniVersion: '0.4.0',
      ips: [...IPS, { version: '6', address: '2001:db8:1::2/64', gateway: '2001:db8:1::1' }],
      routes: [{ dst: '::/0' }],
      dns: {},
    },
  ),
  ofHostLocal(
    'a route without a destination',
    { ipam: { ...IPAM, routes: [{ gw: '10.9.0.5' }] } },
    { cniVersion: '1.0.0', ips: [{ address: '10.9.0.2/24', gateway: '10.9.0.1' }], routes: [{ dst: '<nil>', gw: '10.9.0.5' }] },
  ),
  ofHostLocal(
    'all of a route',
    {
      cniVersion: '1.1.0',
      ipam: { ...IPAM, routes: [{ dst: '10.0.0.0/8', gw: '10.9.0.7', mtu: 1400, advmss: 1300, priority: 5, table: 99, scope: 0 }] },
    },
    {
      cniVersion: '1.1.0',
      ips: [{ address: '10.9.0.2/24', gateway: '10.9.0.1' }],
      routes: [{ advmss: 1300, dst: '10.0.0.0/8', gw: '10.9.0.7', mtu: 1400, priority: 5, scope: 0, table: 99 }],
    },
  ),
]

const INTERFACES = [{ name: 'eth0', mac: '00:11:22:33:44:55', sandbox: '/run/netns/x' }]

/** What comes in, and what goes out. */
const passing = (title: string, prevResult: object, result: object): Probe => ({
  title,
  plugin: 'portmap',
  config: { cniVersion: (result as { cniVersion?: string }).cniVersion, prevResult },
  prints: pretty(result),
})

const PORTMAP: readonly Probe[] = [
  passing(
    'dns comes back in 0.3.0',
    { ips: [{ version: '4', address: '10.1.2.3/24' }] },
    {
      cniVersion: '0.3.0',
      ips: [{ version: '4', address: '10.1.2.3/24' }],
      dns: {},
    },
  ),
  passing(
    'dns stays away in 1.0.0',
    { cniVersion: '1.0.0', ips: [{ address: '10.1.2.3/24' }], dns: {} },
    {
      cniVersion: '1.0.0',
      ips: [{ address: '10.1.2.3/24' }],
    },
  ),
  passing(
    'an address and a destination that are missing',
    { cniVersion: '1.0.0', ips: [{ gateway: '10.1.2.1' }], routes: [{}] },
    { cniVersion: '1.0.0', ips: [{ address: '<nil>', gateway: '10.1.2.1' }], routes: [{ dst: '<nil>' }] },
  ),
  passing(
    'a family of 0.4.0 that is not the address’s',
    { cniVersion: '0.4.0', ips: [{ version: '6', address: '10.1.2.3/24' }] },
    { cniVersion: '0.4.0', ips: [{ version: '6', address: '10.1.2.3/24' }], dns: {} },
  ),
  passing('0.2.0 without any address', { cniVersion: '0.2.0' }, { cniVersion: '0.2.0', dns: {} }),
  passing(
    'empty lists and unknown fields vanish',
    { cniVersion: '1.1.0', interfaces: [], ips: [], routes: [], note: 'x', dns: { nameservers: [] } },
    { cniVersion: '1.1.0' },
  ),
  passing(
    'keys in the order of 0.4.0',
    {
      dns: { options: ['o'], search: ['s'], domain: 'd', nameservers: ['1.1.1.1'] },
      routes: [{ gw: '10.1.2.1', dst: '0.0.0.0/0' }],
      ips: [{ gateway: '10.1.2.1', address: '10.1.2.3/24', interface: 0, version: '4' }],
      interfaces: [{ sandbox: '/run/netns/x', mac: '00:11:22:33:44:55', name: 'eth0' }],
      cniVersion: '0.4.0',
    },
    {
      cniVersion: '0.4.0',
      interfaces: INTERFACES,
      ips: [{ version: '4', interface: 0, address: '10.1.2.3/24', gateway: '10.1.2.1' }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.1.2.1' }],
      dns: { nameservers: ['1.1.1.1'], domain: 'd', search: ['s'], options: ['o'] },
    },
  ),
  passing(
    'keys in the order of the alphabet in 1.1.0',
    {
      cniVersion: '1.1.0',
      routes: [{ gw: '10.1.2.1', dst: '0.0.0.0/0', table: 7 }],
      ips: [{ interface: 0, gateway: '10.1.2.1', address: '10.1.2.3/24' }],
      interfaces: [{ name: 'eth0', sandbox: '/x', mtu: 1400, mac: '00:11:22:33:44:55', pciID: 'p', socketPath: 's' }],
      dns: { search: ['s'], nameservers: ['1.1.1.1'] },
    },
    {
      cniVersion: '1.1.0',
      dns: { nameservers: ['1.1.1.1'], search: ['s'] },
      interfaces: [{ mac: '00:11:22:33:44:55', mtu: 1400, name: 'eth0', pciID: 'p', sandbox: '/x', socketPath: 's' }],
      ips: [{ address: '10.1.2.3/24', gateway: '10.1.2.1', interface: 0 }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.1.2.1', table: 7 }],
    },
  ),
  passing(
    'addresses are written as Go writes them',
    { cniVersion: '1.0.0', ips: [{ address: '2001:DB8:0:0:0:0:0:2/64' }], routes: [{ dst: '0::/0' }] },
    {
      cniVersion: '1.0.0',
      ips: [{ address: '2001:db8::2/64' }],
      routes: [{ dst: '::/0' }],
    },
  ),
  passing(
    '0.2.0 stays 0.2.0',
    { ip4: { ip: '10.1.2.3/24', routes: [{ dst: '0.0.0.0/0' }] } },
    {
      cniVersion: '0.2.0',
      ip4: { ip: '10.1.2.3/24', routes: [{ dst: '0.0.0.0/0' }] },
      dns: {},
    },
  ),
  passing(
    'keys in any case',
    { CNIVersion: '1.0.0', IPs: [{ Address: '10.1.2.3/24' }] },
    { cniVersion: '1.0.0', ips: [{ address: '10.1.2.3/24' }] },
  ),
  passing(
    'markup is escaped',
    { cniVersion: '1.0.0', interfaces: [{ name: 'a<b>&c' }] },
    { cniVersion: '1.0.0', interfaces: [{ name: 'a<b>&c' }] },
  ),
].map((probe) => ({
  ...probe,
  prints: typeof probe.prints === 'string' ? probe.prints.replace('a<b>&c', 'a\\u003cb\\u003e\\u0026c') : probe.prints,
}))

t.test('host-local prints what the reference prints', requires('root', 'ip', 'nsenter'), async (t) => {
  await runProbes(t, HOST_LOCAL)
})

t.test('portmap without ports prints what it was given as the reference prints it', requires('root', 'ip', 'nsenter'), async (t) => {
  await runProbes(t, PORTMAP)
})
