import t from 'tap'
import { EMPTY_DNS, EMPTY_RESULT, type Result } from './result.ts'
import { formatResult } from './result-format.ts'

const cidr = (address: string, prefixLength: number) => ({ address, prefixLength })

const FULL: Result = {
  interfaces: [
    { name: 'br0', mac: '00:11:22:33:44:55' },
    { name: 'eth0', mac: '66:77:88:99:aa:bb', mtu: 1400, sandbox: '/run/netns/a', socketPath: '/s', pciID: '8086:1' },
  ],
  ips: [
    { interface: 0, address: cidr('10.1.2.2', 24), gateway: '10.1.2.1' },
    { address: cidr('2001:db8::2', 64), gateway: '2001:db8::1' },
    { interface: 1, address: cidr('10.9.0.2', 16) },
  ],
  routes: [
    { dst: cidr('0.0.0.0', 0) },
    { dst: cidr('10.8.0.0', 16), gw: '10.1.2.5', mtu: 1300, advmss: 1200, priority: 7, table: 0, scope: 253 },
    { dst: cidr('::', 0), gw: '2001:db8::1' },
  ],
  dns: { nameservers: ['1.1.1.1'], domain: 'x', search: ['y'], options: ['z'] },
}

/** One line, to compare key order and content; indentation has its own test. */
const printed = (result: Result, version: Parameters<typeof formatResult>[1]): string =>
  JSON.stringify(JSON.parse(formatResult(result, version)))

t.test('[types] 0.1.0 and 0.2.0 know one address of each family and its routes', async (t) => {
  for (const version of ['0.1.0', '0.2.0'] as const) {
    t.equal(
      printed(FULL, version),
      `{"cniVersion":"${version}","ip4":{"ip":"10.1.2.2/24","gateway":"10.1.2.1","routes":[{"dst":"0.0.0.0/0"},{"dst":"10.8.0.0/16","gw":"10.1.2.5"}]},` +
        '"ip6":{"ip":"2001:db8::2/64","gateway":"2001:db8::1","routes":[{"dst":"::/0","gw":"2001:db8::1"}]},' +
        '"dns":{"nameservers":["1.1.1.1"],"domain":"x","search":["y"],"options":["z"]}}',
    )
  }
})

t.test('[types] routes of a family without address are dropped for 0.2.0, and no address at all is an error', async (t) => {
  const { ips, routes } = FULL
  t.equal(
    printed({ ...EMPTY_RESULT, ips: ips.slice(2), routes: routes.slice(2) }, '0.2.0'),
    '{"cniVersion":"0.2.0","ip4":{"ip":"10.9.0.2/16"},"dns":{}}',
  )
  t.throws(() => formatResult(EMPTY_RESULT, '0.2.0'), { message: 'cannot convert: no valid IP addresses' })
})

t.test('[types] 0.3.0 to 0.4.0 name the family, drop what came later, and always have dns', async (t) => {
  for (const version of ['0.3.0', '0.3.1', '0.4.0'] as const) {
    t.equal(
      printed(FULL, version),
      `{"cniVersion":"${version}","interfaces":[{"name":"br0","mac":"00:11:22:33:44:55"},` +
        '{"name":"eth0","mac":"66:77:88:99:aa:bb","sandbox":"/run/netns/a"}],' +
        '"ips":[{"version":"4","interface":0,"address":"10.1.2.2/24","gateway":"10.1.2.1"},' +
        '{"version":"6","address":"2001:db8::2/64","gateway":"2001:db8::1"},{"version":"4","interface":1,"address":"10.9.0.2/16"}],' +
        '"routes":[{"dst":"0.0.0.0/0"},{"dst":"10.8.0.0/16","gw":"10.1.2.5","mtu":1300,"advmss":1200,"priority":7,"table":0,"scope":253},' +
        '{"dst":"::/0","gw":"2001:db8::1"}],"dns":{"nameservers":["1.1.1.1"],"domain":"x","search":["y"],"options":["z"]}}',
    )
    t.equal(printed(EMPTY_RESULT, version), `{"cniVersion":"${version}","dns":{}}`)
  }
})

t.test('[types] 1.0.0 and 1.1.0 are in alphabetical order and leave out all that is empty', async (t) => {
  for (const version of ['1.0.0', '1.1.0'] as const) {
    t.equal(
      printed(FULL, version),
      `{"cniVersion":"${version}","dns":{"domain":"x","nameservers":["1.1.1.1"],"options":["z"],"search":["y"]},` +
        '"interfaces":[{"mac":"00:11:22:33:44:55","name":"br0"},' +
        '{"mac":"66:77:88:99:aa:bb","mtu":1400,"name":"eth0","pciID":"8086:1","sandbox":"/run/netns/a","socketPath":"/s"}],' +
        '"ips":[{"address":"10.1.2.2/24","gateway":"10.1.2.1","interface":0},{"address":"2001:db8::2/64","gateway":"2001:db8::1"},' +
        '{"address":"10.9.0.2/16","interface":1}],' +
        '"routes":[{"dst":"0.0.0.0/0"},{"advmss":1200,"dst":"10.8.0.0/16","gw":"10.1.2.5","mtu":1300,"priority":7,"scope":253,"table":0},' +
        '{"dst":"::/0","gw":"2001:db8::1"}]}',
    )
    t.equal(printed(EMPTY_RESULT, version), `{"cniVersion":"${version}"}`)
  }
})

t.test('[types] an unconverted result has the shape of 1.x under its own version', async (t) => {
  const result: Result = { ...EMPTY_RESULT, interfaces: [{ name: 'lo', mac: 'm' }], unconverted: true }
  t.equal(printed(result, '0.2.0'), '{"cniVersion":"0.2.0","interfaces":[{"mac":"m","name":"lo"}]}')
})

t.test('[types] text is escaped and indented as Go does, without a final newline', async (t) => {
  const result: Result = { ...EMPTY_RESULT, dns: { ...EMPTY_DNS, domain: '<a&b>' } }
  t.equal(
    formatResult(result, '1.0.0'),
    '{\n    "cniVersion": "1.0.0",\n    "dns": {\n        "domain": "\\u003ca\\u0026b\\u003e"\n    }\n}',
  )
})
