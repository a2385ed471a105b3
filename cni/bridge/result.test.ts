import t from 'tap'
import { resultOf } from './result.ts'

const INPUT = {
  config: { bridge: 'kube-bridge', dns: undefined },
  netns: '/run/netns/pod1',
  pair: {
    interface: { index: 2, name: 'eth0', mtu: 1500, mac: '02:00:00:00:00:03', up: false, operState: 'down', promiscuity: 0 },
    port: { name: 'veth0a1b2c3d', index: 9 },
  },
  observed: { bridgeMac: '02:00:00:00:00:01', portMac: '02:00:00:00:00:02' },
}
const INTERFACES = [
  { name: 'kube-bridge', mac: '02:00:00:00:00:01' },
  { name: 'veth0a1b2c3d', mac: '02:00:00:00:00:02' },
  { name: 'eth0', mac: '02:00:00:00:00:03', sandbox: '/run/netns/pod1' },
]
const DNS = { nameservers: ['10.0.0.10'], domain: '', search: [], options: [] }
const OTHER_DNS = { nameservers: [], domain: 'cluster.local', search: [], options: [] }

t.test('layer 2 has three interfaces and nothing else', (t) => {
  t.strictSame(resultOf({ ...INPUT, addressing: undefined, dns: undefined }), {
    interfaces: INTERFACES,
    ips: [],
    routes: [],
    dns: { nameservers: [], domain: '', search: [], options: [] },
  })
  t.end()
})

t.test("the lease's addresses, its routes before the implied ones, and its DNS are in the result", (t) => {
  const address = { interface: 2, address: { address: '10.1.2.2', prefixLength: 24 }, gateway: '10.1.2.1' }
  const route = { dst: { address: '10.8.0.0', prefixLength: 16 } }
  const implied = { dst: { address: '0.0.0.0', prefixLength: 0 }, gw: '10.1.2.1' }
  const addressing = { ips: [address], routes: [route], defaultRoutes: [implied], bridgeAddresses: [] }
  t.strictSame(resultOf({ ...INPUT, addressing, dns: DNS }), {
    interfaces: INTERFACES,
    ips: [address],
    routes: [route, implied],
    dns: DNS,
  })
  t.end()
})

t.test("the config's DNS replaces all of IPAM's, in layer 2 as well", (t) => {
  const addressing = { ips: [], routes: [], defaultRoutes: [], bridgeAddresses: [] }
  const config = { bridge: 'kube-bridge', dns: OTHER_DNS }
  t.strictSame(resultOf({ ...INPUT, config, addressing, dns: DNS }).dns, OTHER_DNS)
  t.strictSame(resultOf({ ...INPUT, config, addressing: undefined, dns: undefined }).dns, OTHER_DNS)
  t.end()
})
