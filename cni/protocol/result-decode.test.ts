import t from 'tap'
import { parseJson } from './json.ts'
import { completeResult, decodeResult } from './result-decode.ts'
import { formatResult } from './result-format.ts'
import { SUPPORTED_VERSIONS } from './version.ts'

const read = (version: string, value: object) => decodeResult(version, parseJson(JSON.stringify(value)))

const OLD = {
  cniVersion: '0.2.0',
  ip4: { ip: '10.0.0.2/24', gateway: '10.0.0.1', routes: [{ dst: '0.0.0.0/0', gw: '10.0.0.1' }] },
  ip6: { ip: '2001:db8::2/64', routes: [{ dst: '::/0' }] },
  dns: { nameservers: ['1.1.1.1'], domain: 'd' },
}
const MIDDLE = {
  cniVersion: '0.4.0',
  interfaces: [{ name: 'eth0', mac: 'm', sandbox: 's' }],
  ips: [{ version: '4', interface: 0, address: '10.0.0.2/24', gateway: '10.0.0.1' }],
  routes: [{ dst: '0.0.0.0/0', mtu: 1400, table: 0 }],
  dns: {},
}
const NEW = {
  cniVersion: '1.1.0',
  interfaces: [{ mac: 'm', mtu: 1400, name: 'eth0', pciID: 'p', sandbox: 's', socketPath: '/s' }],
  ips: [{ address: '10.0.0.2/24', gateway: '10.0.0.1', interface: 0 }],
  routes: [{ advmss: 1, dst: '10.8.0.0/16', gw: '10.0.0.9', mtu: 2, priority: 3, scope: 0, table: 254 }],
}

t.test('[types] a result is printed in its own version as it was read', async (t) => {
  for (const version of ['0.1.0', '0.2.0'] as const) {
    t.same(JSON.parse(formatResult(read(version, { ...OLD, cniVersion: version }), version)), { ...OLD, cniVersion: version })
  }
  for (const version of ['0.3.0', '0.3.1', '0.4.0'] as const) {
    t.same(JSON.parse(formatResult(read(version, { ...MIDDLE, cniVersion: version }), version)), { ...MIDDLE, cniVersion: version })
  }
  for (const version of ['1.0.0', '1.1.0'] as const) {
    t.same(JSON.parse(formatResult(read(version, { ...NEW, cniVersion: version }), version)), { ...NEW, cniVersion: version })
  }
})

t.test('[types] every version converts to every other, keeping the first address', async (t) => {
  for (const [from, value] of [
    ['0.2.0', OLD],
    ['0.4.0', MIDDLE],
    ['1.1.0', NEW],
  ] as const) {
    for (const to of SUPPORTED_VERSIONS) t.match(formatResult(read(from, value), to), '10.0.0.2/24', `${from} to ${to}`)
  }
})

t.test('[types] the old form becomes addresses and routes, v4 before v6', async (t) => {
  t.same(read('', { ip6: OLD.ip6, ip4: OLD.ip4 }), {
    interfaces: [],
    ips: [
      { version: '4', address: { address: '10.0.0.2', prefixLength: 24 }, gateway: '10.0.0.1' },
      { version: '6', address: { address: '2001:db8::2', prefixLength: 64 } },
    ],
    routes: [{ dst: { address: '0.0.0.0', prefixLength: 0 }, gw: '10.0.0.1' }, { dst: { address: '::', prefixLength: 0 } }],
    dns: { nameservers: [], domain: '', search: [], options: [] },
  })
})

t.test('[types] index 0 is kept and a missing index stays missing', async (t) => {
  t.same(read('1.0.0', { cniVersion: '1.0.0', ips: [{ address: '10.0.0.2/24', interface: 0 }, { address: '10.0.0.3/24' }] }).ips, [
    { interface: 0, address: { address: '10.0.0.2', prefixLength: 24 } },
    { address: { address: '10.0.0.3', prefixLength: 24 } },
  ])
})

t.test('[types] a version of another form is refused by name', async (t) => {
  t.throws(() => read('1.0.0', MIDDLE), { message: 'result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is "0.4.0"' })
  t.throws(() => read('0.3.1', NEW), { message: 'result type supports [0.3.0 0.3.1 0.4.0] but unmarshalled CNIVersion is "1.1.0"' })
  t.throws(() => read('0.3.1', { cniVersion: '' }), {
    message: 'result type supports [0.3.0 0.3.1 0.4.0] but unmarshalled CNIVersion is ""',
  })
  t.throws(() => read('7.7.7', {}), { message: 'unsupported CNI result version "7.7.7"' })
})

t.test('[types] bad addresses and types are refused in the words of Go', async (t) => {
  const ips = (address: unknown, gateway?: unknown) => ({ cniVersion: '1.0.0', ips: [{ address, gateway }] })
  t.throws(() => read('1.0.0', ips('10.0.0.2')), { message: 'invalid CIDR address: 10.0.0.2' })
  t.throws(() => read('1.0.0', ips('10.0.0.2/24', 'x')), { message: 'invalid IP address: x' })
  t.throws(() => read('1.0.0', ips(1)), {
    message: /^json: cannot unmarshal number into Go struct field Result\.ips\.address of type string$/,
  })
  t.throws(() => read('1.0.0', { cniVersion: '1.0.0', routes: [{ dst: 'x' }] }), { message: 'invalid CIDR address: x' })
})

t.test('[types] what another plugin left out or misnamed is passed on as Go prints it', async (t) => {
  const passedOn = (version: '0.2.0' | '0.4.0' | '1.0.0', value: object): unknown =>
    JSON.parse(formatResult({ ...read(version, { cniVersion: version, ...value }), passedOn: true }, version))
  for (const [version, value, printed] of [
    ['1.0.0', { ips: [{ gateway: '10.0.0.1' }] }, { ips: [{ address: '<nil>', gateway: '10.0.0.1' }] }],
    ['1.0.0', { routes: [{}] }, { routes: [{ dst: '<nil>' }] }],
    ['0.4.0', { ips: [{ version: '6', address: '10.0.0.2/24' }] }, { ips: [{ version: '6', address: '10.0.0.2/24' }], dns: {} }],
    [
      '0.4.0',
      { ips: [{}], routes: [{ gw: '10.0.0.1' }] },
      { ips: [{ version: '', address: '<nil>' }], routes: [{ dst: '<nil>', gw: '10.0.0.1' }], dns: {} },
    ],
    ['0.2.0', {}, { dns: {} }],
    ['0.2.0', { ip4: { routes: [{}] } }, { ip4: { ip: '<nil>', routes: [{ dst: '<nil>' }] }, dns: {} }],
    ['0.2.0', { ip4: { ip: 'fd00::2/64' } }, { ip4: { ip: 'fd00::2/64' }, dns: {} }],
  ] as const) {
    t.same(passedOn(version, value), { cniVersion: version, ...printed }, `${version} ${JSON.stringify(value)}`)
  }
})

t.test('[types] a family before 1.0.0 is a text, later it is unknown', async (t) => {
  for (const version of [4, [null], ['4']]) {
    const value = { ips: [{ version, address: '10.0.0.2/24' }] }
    t.throws(() => read('0.4.0', { cniVersion: '0.4.0', ...value }), {
      message: /^json: cannot unmarshal (number|array) into Go struct field Result\.ips\.version of type string$/,
    })
    t.same(read('1.0.0', { cniVersion: '1.0.0', ...value }).ips, [{ address: { address: '10.0.0.2', prefixLength: 24 } }])
  }
})

t.test('[types] what a plugin works with is complete', async (t) => {
  for (const value of [{ ips: [{}] }, { routes: [{}] }]) {
    t.throws(() => completeResult(read('1.0.0', { cniVersion: '1.0.0', ...value })), { message: 'invalid CIDR address: <nil>' })
  }
})
