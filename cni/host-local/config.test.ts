import t from 'tap'
import { parseJson } from '../protocol/json.ts'
import { readConfig } from './config.ts'
import { formatSet } from './range-set.ts'

const read = (config: object, args = '') =>
  readConfig({ config: parseJson(JSON.stringify({ name: 'n', cniVersion: '0.4.0', ...config })), args })
const sets = (config: object): string[] => read(config).sets.map(formatSet)
const SUBNET = { ipam: { subnet: '10.1.2.0/24' } }

t.test('[host-local 30] a range of the old form', async (t) => {
  const config = read({
    ipam: { type: 'host-local', subnet: '10.1.2.0/24', rangeStart: '10.1.2.9', rangeEnd: '10.1.2.20', gateway: '10.1.2.30' },
  })
  t.match(config, { requested: [], routes: [], dataDir: '/var/lib/cni/networks', resolvConf: '' })
  t.same(config.sets.map(formatSet), ['10.1.2.9-10.1.2.20'])
  t.equal(config.sets[0]?.[0]?.gateway, '10.1.2.30')
})

t.test('[host-local 31] sets of ranges', async (t) => {
  t.same(
    sets({
      ipam: {
        ranges: [
          [{ subnet: '10.1.2.0/24', rangeStart: '10.1.2.9', rangeEnd: '10.1.2.20' }, { subnet: '10.1.4.0/24' }],
          [{ subnet: '11.1.2.0/24' }],
        ],
      },
    }),
    ['10.1.2.9-10.1.2.20,10.1.4.1-10.1.4.254', '11.1.2.1-11.1.2.254'],
  )
})

t.test('[host-local 32] the runtime’s sets come first, then the old form, then ranges', async (t) => {
  t.same(
    sets({
      runtimeConfig: { ipRanges: [[{ subnet: '12.1.3.0/24' }]] },
      ipam: { subnet: '10.1.2.0/24', ranges: [[{ subnet: '11.1.2.0/24' }]] },
    }),
    ['12.1.3.1-12.1.3.254', '10.1.2.1-10.1.2.254', '11.1.2.1-11.1.2.254'],
  )
})

t.test('addresses are requested by CNI_ARGS, args and capability, all together', async (t) => {
  t.same(read(SUBNET, 'IP=10.1.2.10').requested, ['10.1.2.10'], '[host-local 33]')
  t.same(read(SUBNET, 'IP=10.1.2.10/24').requested, ['10.1.2.10'], '[host-local 34]')
  t.same(read(SUBNET, 'IP=').requested, [])
  t.same(read(SUBNET, 'IP=10.1.2.10;IP=10.1.2.11').requested, ['10.1.2.11'], 'the last one counts')
  t.same(
    read({ ...SUBNET, args: { cni: { ips: ['10.1.2.11', '11.11.11.11', '2001:db8:1::0:11'] } } }, 'IP=10.1.2.10').requested,
    ['10.1.2.10', '10.1.2.11', '11.11.11.11', '2001:db8:1::11'],
    '[host-local 35]',
  )
  t.same(
    read({ ...SUBNET, args: { cni: { ips: ['10.1.2.11/24', '2001:db8:1::11/64'] } } }).requested,
    ['10.1.2.11', '2001:db8:1::11'],
    '[host-local 36]',
  )
  t.same(
    read({ ...SUBNET, runtimeConfig: { ips: ['192.168.0.1', '192.168.0.5/24'] } }).requested,
    ['192.168.0.1', '192.168.0.5'],
    '[host-local 42]',
  )
  t.same(
    read({ ...SUBNET, runtimeConfig: { ips: ['10.1.2.10', '::ffff:10.1.2.10'] } }, 'IP=10.1.2.10').requested,
    ['10.1.2.10'],
    'each once',
  )
})

t.test('routes, folder and resolver file are taken as they are', async (t) => {
  t.match(
    read({ ipam: { ...SUBNET.ipam, routes: [{ dst: '0.0.0.0/0', gw: '10.1.2.9', table: 5 }], dataDir: '/data', resolvConf: '/r' } }),
    {
      routes: [{ dst: { address: '0.0.0.0', prefixLength: 0 }, gw: '10.1.2.9', table: 5 }],
      dataDir: '/data',
      resolvConf: '/r',
    },
  )
})

t.test('what is wrong is said in the reference’s words and order', async (t) => {
  const rows: readonly (readonly [object, string, string])[] = [
    [{}, '', "IPAM config missing 'ipam' key"],
    [{ ipam: {} }, 'FOO=bar', 'ARGS: unknown args ["FOO=bar"]'],
    [{ ipam: {} }, 'IP=x', 'ARGS: error parsing value of pair "IP=x": invalid IP address x'],
    [{ ...SUBNET, args: { cni: { ips: ['10.1.2'] } } }, '', 'invalid IP address 10.1.2'],
    [{ ...SUBNET, runtimeConfig: { ips: [''] } }, '', 'cannot understand ip: IP <nil> not v4 nor v6'],
    [{ ipam: { rangeStart: '10.1.2.9', gateway: '10.1.2.1' } }, '', 'no IP ranges specified'],
    [{ ipam: { ranges: [[{}]] } }, '', 'invalid range set 0: IP <nil> not v4 nor v6'],
    [{ ipam: { subnet: '10.1.2.0' } }, '', 'invalid CIDR address: 10.1.2.0'],
    [{ ipam: { subnet: '10.1.2.0/24', gateway: 'x' } }, '', 'invalid IP address: x'],
    [
      { ...SUBNET, runtimeConfig: { ipRanges: [{ subnet: '10.0.0.0/24' }] } },
      '',
      'json: cannot unmarshal object into Go struct field .runtimeConfig.ipRanges of type allocator.RangeSet',
    ],
  ]
  for (const [config, args, message] of rows) t.throws(() => read(config, args), { message }, message)
})
