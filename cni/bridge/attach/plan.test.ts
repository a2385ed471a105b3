import t from 'tap'
import { parseJson } from '../../protocol/json.ts'
import { parseConfig } from '../config.ts'
import { addressingOf } from '../gateways.ts'
import type { Operation } from './operation.ts'
import { planAttachment } from './plan.ts'
import { cidr, FRESH, ip, ofType, plan, V4 } from './testing/plan-of.ts'

const DUAL = { ips: [ip('10.1.2.2/24', '10.1.2.1'), ip('fd00::2/64', 'fd00::1')], routes: [] }

t.test('layer 2 on a bridge that is there needs a port and a raised interface', (t) => {
  t.strictSame(plan({}), [
    { type: 'prefer-setting', in: 'host', key: 'net/ipv6/conf/br0/accept_ra', value: '0' },
    { type: 'prefer-setting', in: 'host', key: 'net/ipv6/conf/veth0a1b2c3d/accept_ra', value: '0' },
    { type: 'attach-port', port: 'veth0a1b2c3d', bridge: 'br0' },
    { type: 'set-port-flags', port: 'veth0a1b2c3d', hairpin: false, isolated: false },
    { type: 'raise-interface', interface: 'eth0' },
  ])
  t.end()
})

t.test('a missing bridge is made with the MTU and raised before the port joins; one that is down is raised', (t) => {
  const config = parseConfig({ config: parseJson('{"bridge": "br0", "mtu": 1400}'), args: '' })
  const input = { config, interface: 'eth0', port: 'veth0a1b2c3d', freshMac: FRESH, present: [], addressing: undefined }
  t.strictSame(planAttachment({ ...input, bridge: undefined }).slice(0, 3), [
    { type: 'create-bridge', bridge: 'br0', mtu: 1400 },
    { type: 'prefer-setting', in: 'host', key: 'net/ipv6/conf/br0/accept_ra', value: '0' },
    { type: 'raise-bridge', bridge: 'br0' },
  ])
  t.strictSame(planAttachment({ ...input, bridge: { up: false } }).slice(0, 2), [
    { type: 'prefer-setting', in: 'host', key: 'net/ipv6/conf/br0/accept_ra', value: '0' },
    { type: 'raise-bridge', bridge: 'br0' },
  ])
  t.end()
})

t.test('a bridge that will have an address is made with a hardware address of its own', (t) => {
  const create = (fields: object): Operation[] => {
    const config = parseConfig({ config: parseJson(JSON.stringify({ bridge: 'br0', ...fields })), args: '' })
    const addressing = addressingOf(V4, config)
    const input = { config, interface: 'eth0', port: 'veth0a1b2c3d', freshMac: FRESH, present: [], addressing, bridge: undefined }
    return ofType(planAttachment(input), 'create-bridge')
  }
  t.strictSame(create({ isGateway: true }), [{ type: 'create-bridge', bridge: 'br0', mac: '02:00:00:00:00:99' }])
  t.strictSame(create({}), [{ type: 'create-bridge', bridge: 'br0' }])
  t.end()
})

t.test('port flags are written always, promiscuity only when asked for', (t) => {
  t.strictSame(ofType(plan({ hairpinMode: true }), 'set-port-flags', 'make-promiscuous'), [
    { type: 'set-port-flags', port: 'veth0a1b2c3d', hairpin: true, isolated: false },
  ])
  t.strictSame(ofType(plan({ portIsolation: true, promiscMode: true }), 'set-port-flags', 'make-promiscuous'), [
    { type: 'make-promiscuous', bridge: 'br0' },
    { type: 'set-port-flags', port: 'veth0a1b2c3d', hairpin: false, isolated: true },
  ])
  t.end()
})

t.test('an interface that must stay down is not raised', (t) => {
  t.strictSame(ofType(plan({ disableContainerInterface: true }), 'raise-interface'), [])
  t.end()
})

t.test('IPv4 with a default gateway: settings, address, up, route in the container, then the gateway and forwarding on the host', (t) => {
  t.strictSame(plan({ isDefaultGateway: true }, V4).slice(4), [
    { type: 'prefer-setting', in: 'container', key: 'net/ipv6/conf/eth0/accept_dad', value: '0' },
    { type: 'prefer-setting', in: 'container', key: 'net/ipv4/conf/eth0/arp_notify', value: '1' },
    {
      type: 'add-interface-address',
      interface: 'eth0',
      address: { address: '10.1.2.2', prefixLength: 24 },
      gateway: '10.1.2.1',
    },
    { type: 'raise-interface', interface: 'eth0' },
    {
      type: 'add-route',
      interface: 'eth0',
      destination: { address: '0.0.0.0', prefixLength: 0 },
      gateway: '10.1.2.1',
      implied: true,
    },
    { type: 'add-bridge-address', bridge: 'br0', address: { address: '10.1.2.1', prefixLength: 24 } },
    { type: 'enable-forwarding', family: 4 },
  ])
  t.end()
})

t.test('an IPv6 address turns IPv6 on first, and an IPv6 gateway waits for the addresses before routes', (t) => {
  const types = plan({ isDefaultGateway: true }, DUAL).map(({ type }) => type)
  t.strictSame(types.slice(4), [
    'prefer-setting',
    'prefer-setting',
    'enable-ipv6',
    'add-interface-address',
    'add-interface-address',
    'raise-interface',
    'settle-addresses',
    'add-route',
    'add-route',
    'add-bridge-address',
    'add-bridge-address',
    'enable-forwarding',
    'enable-forwarding',
  ])
  t.end()
})

t.test('duplicate address detection is turned off, or with enabledad on', (t) => {
  t.strictSame(ofType(plan({ enabledad: true }, V4), 'prefer-setting').slice(2, 4), [
    { type: 'prefer-setting', in: 'container', key: 'net/ipv6/conf/eth0/enhanced_dad', value: '1' },
    { type: 'prefer-setting', in: 'container', key: 'net/ipv6/conf/eth0/accept_dad', value: '1' },
  ])
  t.end()
})

t.test('[ipam] a route without a gateway goes through the first of its family, and keeps metric, table and scope', (t) => {
  const routes = [
    { dst: cidr('10.8.0.0/16'), priority: 5, table: 100, scope: 0, mtu: 1400 },
    { dst: cidr('fd09::/64') },
    { dst: cidr('10.9.0.0/16'), gw: '10.1.2.7' },
  ]
  const operations = plan({}, { ips: V4.ips, routes })
  t.strictSame(ofType(operations, 'add-route'), [
    {
      type: 'add-route',
      interface: 'eth0',
      destination: { address: '10.8.0.0', prefixLength: 16 },
      gateway: '10.1.2.1',
      priority: 5,
      table: 100,
      scope: 0,
      implied: false,
    },
    { type: 'add-route', interface: 'eth0', destination: { address: 'fd09::', prefixLength: 64 }, implied: false },
    { type: 'add-route', interface: 'eth0', destination: { address: '10.9.0.0', prefixLength: 16 }, gateway: '10.1.2.7', implied: false },
  ])
  t.end()
})

t.test('[ipam] routes that come to the same are added once; another next hop is another route', (t) => {
  const routes = [
    { dst: cidr('0.0.0.0/0') },
    { dst: cidr('0.0.0.0/0'), gw: '10.1.2.1' },
    { dst: cidr('0.0.0.0/0'), gw: '10.1.2.9' },
    { dst: cidr('0.0.0.0/0'), gw: '10.1.2.1', priority: 9 },
  ]
  const added = ofType(plan({ isDefaultGateway: true }, { ips: V4.ips, routes }), 'add-route')
  t.strictSame(
    added.map((route) => ('gateway' in route ? route.gateway : undefined)),
    ['10.1.2.1', '10.1.2.9', '10.1.2.1'],
  )
  t.end()
})

t.test('a bridge that is no gateway gets neither address nor forwarding', (t) => {
  t.strictSame(ofType(plan({}, DUAL), 'add-bridge-address', 'remove-bridge-address', 'enable-forwarding'), [])
  t.end()
})

t.test('a gateway that the bridge has already is left alone, forwarding is made sure of all the same', (t) => {
  const present = [cidr('10.1.2.1/24'), cidr('fe80::1/64')]
  t.strictSame(ofType(plan({ isGateway: true }, V4, present), 'add-bridge-address', 'remove-bridge-address', 'enable-forwarding'), [
    { type: 'enable-forwarding', family: 4 },
  ])
  t.end()
})

t.test('a conflicting address of the bridge fails before anything is planned', (t) => {
  const present = [cidr('10.9.9.1/24')]
  t.throws(() => plan({ isGateway: true }, V4, present), {
    message: 'failed to set bridge addr: "br0" already has an IP address different from 10.1.2.1/24',
  })
  t.strictSame(ofType(plan({ isGateway: true, forceAddress: true }, V4, present), 'add-bridge-address', 'remove-bridge-address'), [
    { type: 'remove-bridge-address', bridge: 'br0', address: { address: '10.9.9.1', prefixLength: 24 } },
    { type: 'add-bridge-address', bridge: 'br0', address: { address: '10.1.2.1', prefixLength: 24 } },
  ])
  t.end()
})
