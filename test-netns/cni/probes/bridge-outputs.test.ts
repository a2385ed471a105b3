/** What the reference’s bridge prints, to the byte, in each version. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { type Probe, runProbes } from './probe.ts'

t.before(buildExecutables)

const IPAM = { type: 'host-local', dataDir: 'DIR', ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '2001:db8:1::/64' }]] }
const L3 = { name: 'mynet', bridge: 'kube-bridge', isDefaultGateway: true, ipam: IPAM }
const V4_ROUTE = { dst: '0.0.0.0/0', gw: '10.1.2.1' }
const V6_ROUTE = { dst: '::/0', gw: '2001:db8:1::1' }
const V4 = { address: '10.1.2.2/24', gateway: '10.1.2.1' }
const V6 = { address: '2001:db8:1::2/64', gateway: '2001:db8:1::1' }
const DNS = { nameservers: ['192.0.2.53'], domain: 'd', search: ['s'], options: ['o'] }

/** Interfaces in the order of versions 0.x: host devices, and the pod’s. */
const OLD_INTERFACES = [
  { name: 'kube-bridge', mac: 'MAC' },
  { name: 'vethX', mac: 'MAC' },
  { name: 'eth0', mac: 'MAC', sandbox: 'POD' },
]
const INTERFACES = [
  { mac: 'MAC', name: 'kube-bridge' },
  { mac: 'MAC', name: 'vethX' },
  { mac: 'MAC', name: 'eth0', sandbox: 'POD' },
]

const oldest = (cniVersion: string): object => ({
  cniVersion,
  ip4: { ip: '10.1.2.2/24', gateway: '10.1.2.1', routes: [V4_ROUTE] },
  ip6: { ip: '2001:db8:1::2/64', gateway: '2001:db8:1::1', routes: [V6_ROUTE] },
  dns: {},
})

const old = (cniVersion: string): object => ({
  cniVersion,
  interfaces: OLD_INTERFACES,
  ips: [
    { version: '4', interface: 2, ...V4 },
    { version: '6', interface: 2, ...V6 },
  ],
  routes: [V4_ROUTE, V6_ROUTE],
  dns: {},
})

const current = (cniVersion: string, fields: object = {}): object => ({
  cniVersion,
  ...fields,
  interfaces: INTERFACES,
  ips: [
    { ...V4, interface: 2 },
    { ...V6, interface: 2 },
  ],
  routes: [V4_ROUTE, V6_ROUTE],
})

/** An ADD and what it prints, and its DEL. */
const printing = (title: string, config: object, result: object): Probe[] => [
  { title, plugin: 'bridge', config, prints: JSON.stringify(result, null, 4) },
  { title: `${title}, DEL`, plugin: 'bridge', verb: 'DEL', config, prints: '' },
]

t.test('bridge prints what the reference prints, in every version', requires('root', 'ip', 'nsenter'), async (t) => {
  await runProbes(t, [
    ...['0.1.0', '0.2.0'].flatMap((cniVersion) => printing(cniVersion, { ...L3, cniVersion }, oldest(cniVersion))),
    ...['0.3.0', '0.3.1', '0.4.0'].flatMap((cniVersion) => printing(cniVersion, { ...L3, cniVersion }, old(cniVersion))),
    ...['1.0.0', '1.1.0'].flatMap((cniVersion) => printing(cniVersion, { ...L3, cniVersion }, current(cniVersion))),
  ])
})

t.test('bridge prints no addresses of layer 2', requires('root', 'ip', 'nsenter'), async (t) => {
  const config = { name: 'mynet', bridge: 'kube-bridge' }
  await runProbes(t, [
    ...printing('0.4.0', { ...config, cniVersion: '0.4.0' }, { cniVersion: '0.4.0', interfaces: OLD_INTERFACES, dns: {} }),
    ...printing('1.1.0', { ...config, cniVersion: '1.1.0', ipam: {} }, { cniVersion: '1.1.0', interfaces: INTERFACES }),
  ])
})

t.test('the config’s dns goes before that of the IPAM plugin, as a whole', requires('root', 'ip', 'nsenter'), async (t) => {
  const alphabetical = { domain: 'd', nameservers: ['192.0.2.53'], options: ['o'], search: ['s'] }
  await runProbes(t, [
    ...printing('all of it', { ...L3, dns: DNS }, current('1.0.0', { dns: alphabetical })),
    ...printing('in the order of 0.4.0', { ...L3, cniVersion: '0.4.0', dns: DNS }, { ...old('0.4.0'), dns: DNS }),
    ...printing('a domain only', { ...L3, dns: { domain: 'd' } }, current('1.0.0', { dns: { domain: 'd' } })),
    ...printing('nothing', { ...L3, dns: {} }, current('1.0.0')),
  ])
})

t.test('without isGateway an address has the IPAM plugin’s gateway, and no route', requires('root', 'ip', 'nsenter'), async (t) => {
  const { routes: _, ...result } = current('1.0.0') as { routes: unknown }
  await runProbes(t, printing('1.0.0', { ...L3, isDefaultGateway: false }, result))
})

t.test('a default route of the IPAM plugin', requires('root', 'ip', 'nsenter'), async (t) => {
  const ranges = [[{ subnet: '10.1.2.0/24' }]]
  const of = (route: object): object => ({ ...L3, ipam: { ...IPAM, ranges, routes: [route] } })
  const result = (...routes: object[]): object => ({ cniVersion: '1.0.0', interfaces: INTERFACES, ips: [{ ...V4, interface: 2 }], routes })
  await runProbes(t, [
    ...printing('with a gateway it is the one', of({ dst: '0.0.0.0/0', gw: '10.1.2.9' }), result({ dst: '0.0.0.0/0', gw: '10.1.2.9' })),
    ...printing('another route stays', of({ dst: '10.0.0.0/8' }), result({ dst: '10.0.0.0/8' }, V4_ROUTE)),
  ])
})
