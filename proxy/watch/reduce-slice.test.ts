import t from 'tap'
import { reduceSlice } from './reduce-slice.ts'

const unexpected = (message: string): never => {
  throw new Error(`unexpected report: ${message}`)
}

const slice = (parts: Readonly<Record<string, unknown>> = {}): unknown => ({
  metadata: { name: 'web-x1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: [{ addresses: ['10.20.0.2'], conditions: { ready: true, serving: true, terminating: false }, nodeName: 'node1' }],
  ...parts,
})

const endpoint = (parts: Readonly<Record<string, unknown>>): unknown => slice({ endpoints: [{ addresses: ['10.20.0.2'], ...parts }] })

t.test('a slice is reduced to its ports and endpoints', async (t) => {
  t.strictSame(reduceSlice(slice(), unexpected), {
    key: 'default/web-x1',
    service: 'default/web',
    family: 4,
    ports: [{ name: '', protocol: 'tcp', port: 8080 }],
    endpoints: [{ address: '10.20.0.2', ready: true, serving: true, terminating: false, nodeName: 'node1', forNodes: [], forZones: [] }],
  })
})

t.test('unknown conditions read as ready, as serving when ready, and as not terminating', async (t) => {
  const cases: readonly (readonly [conditions: unknown, ready: boolean, serving: boolean, terminating: boolean])[] = [
    [undefined, true, true, false],
    [null, true, true, false],
    [{}, true, true, false],
    [{ ready: null, serving: null, terminating: null }, true, true, false],
    [{ ready: true }, true, true, false],
    [{ ready: false }, false, false, false],
    [{ ready: false, serving: true, terminating: true }, false, true, true],
    [{ ready: true, serving: false }, true, false, false],
    [{ terminating: true }, true, true, true],
    [{ ready: 'no', serving: 0, terminating: 'yes' }, true, true, false],
  ]
  for (const [conditions, ready, serving, terminating] of cases) {
    const [reduced] = reduceSlice(endpoint({ conditions }), unexpected)?.endpoints ?? []
    t.strictSame(
      reduced,
      { address: '10.20.0.2', ready, serving, terminating, nodeName: '', forNodes: [], forZones: [] },
      JSON.stringify(conditions),
    )
  }
})

t.test('ports without a number stand for all ports and are left out', async (t) => {
  t.strictSame(reduceSlice(slice({ ports: null }), unexpected)?.ports, [])
  t.strictSame(reduceSlice(slice({ ports: undefined }), unexpected)?.ports, [])
  const mixed = slice({
    ports: [{ name: 'all', port: null }, { name: 'any' }, { name: 'dns', port: 53, protocol: 'UDP' }, { name: null, port: 1 }],
  })
  t.strictSame(reduceSlice(mixed, unexpected)?.ports, [
    { name: 'dns', protocol: 'udp', port: 53 },
    { name: '', protocol: 'tcp', port: 1 },
  ])
})

t.test('hints are the names of nodes and zones; what is no name does not count', async (t) => {
  const hinted = (hints: unknown) => {
    const [reduced] = reduceSlice(endpoint({ hints }), unexpected)?.endpoints ?? []
    return [reduced?.forNodes, reduced?.forZones]
  }
  t.strictSame(hinted({ forNodes: [{ name: 'node1' }, { name: 'node2' }], forZones: [{ name: 'zone-a' }] }), [
    ['node1', 'node2'],
    ['zone-a'],
  ])
  t.strictSame(hinted({ forZones: [{ name: 'zone-a' }, {}, null, 'zone-b', { name: 7 }, { name: '' }] }), [[], ['zone-a']])
  for (const absurd of [undefined, null, 7, 'zone-a', [], {}, { forNodes: null, forZones: 'zone-a' }, { forNodes: {}, forZones: [[]] }])
    t.strictSame(hinted(absurd), [[], []], JSON.stringify(absurd))
})

t.test('IPv6 slices hold IPv6 addresses in their canonical text', async (t) => {
  const v6 = slice({ addressType: 'IPv6', endpoints: [{ addresses: ['FD00:0::0a'] }] })
  t.match(reduceSlice(v6, unexpected), { family: 6, endpoints: [{ address: 'fd00::a' }] })
})

t.test("only the first of an endpoint's addresses counts", async (t) => {
  t.strictSame(
    reduceSlice(endpoint({ addresses: ['10.20.0.3', '10.20.0.4'] }), unexpected)?.endpoints.map(({ address }) => address),
    ['10.20.0.3'],
  )
})

t.test('the time of the change at its source is kept in milliseconds', async (t) => {
  const annotated = (time: unknown) =>
    slice({
      metadata: {
        name: 'web-x1',
        namespace: 'default',
        labels: { 'kubernetes.io/service-name': 'web' },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': time },
      },
    })
  t.equal(reduceSlice(annotated('2026-03-01T00:00:00Z'), unexpected)?.triggeredAt, 1_772_323_200_000)
  for (const time of ['yesterday', '', null, 7]) t.notOk('triggeredAt' in (reduceSlice(annotated(time), unexpected) ?? {}), String(time))
})

t.test('a slice that needs no proxy of ours is reduced to nothing', async (t) => {
  const labelled = (labels: object) => slice({ metadata: { name: 'x', namespace: 'default', labels } })
  const own = { 'kubernetes.io/service-name': 'web' }
  const cases: Readonly<Record<string, unknown>> = {
    'of names': slice({ addressType: 'FQDN', endpoints: [{ addresses: ['example.org'] }] }),
    'of an unknown type': slice({ addressType: 'X25' }),
    'of no type': slice({ addressType: undefined }),
    "no Service's": labelled({}),
    headless: labelled({ ...own, 'service.kubernetes.io/headless': '' }),
    "another proxy's": labelled({ ...own, 'service.kubernetes.io/service-proxy-name': 'other' }),
  }
  for (const [name, raw] of Object.entries(cases)) t.equal(reduceSlice(raw, unexpected), undefined, name)
})

t.test('an endpoint with an address that no endpoint can have is left out and reported (ValidateNonSpecialIP)', async (t) => {
  const special = { IPv4: ['127.0.0.1', '0.0.0.0', '169.254.169.254', '224.0.0.1'], IPv6: ['::1', '::', 'fe80::1', 'ff02::1'] }
  for (const [addressType, texts] of Object.entries(special)) {
    const reports: string[] = []
    const raw = slice({ addressType, endpoints: texts.map((text) => ({ addresses: [text] })) })
    t.strictSame(reduceSlice(raw, (message) => reports.push(message))?.endpoints, [])
    t.strictSame(
      reports,
      texts.map(
        (text, at) => `endpoints[${at}].addresses[0]: ${text} is not an address that an endpoint can have; the endpoint is left out`,
      ),
    )
  }
})

t.test('an endpoint without an address of the family is left out and reported, and the others stay', async (t) => {
  const endpoints = [{ addresses: ['fd00::1'] }, { addresses: [] }, {}, null, { addresses: ['10.20.0.256'] }, { addresses: ['10.20.0.9'] }]
  const reports: string[] = []
  t.strictSame(
    reduceSlice(slice({ endpoints }), (message) => reports.push(message))?.endpoints.map(({ address }) => address),
    ['10.20.0.9'],
  )
  t.strictSame(reports, [
    'endpoints[0].addresses[0]: "fd00::1" is not an IPv4 address; the endpoint is left out',
    'endpoints[1].addresses[0]: undefined is not an IPv4 address; the endpoint is left out',
    'endpoints[2].addresses[0]: undefined is not an IPv4 address; the endpoint is left out',
    'endpoints[3].addresses[0]: undefined is not an IPv4 address; the endpoint is left out',
    'endpoints[4].addresses[0]: "10.20.0.256" is not an IPv4 address; the endpoint is left out',
  ])
})

t.test('loopback, link-local and multicast addresses are no endpoints', async (t) => {
  const given = ['127.0.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '10.20.0.9']
  const reports: string[] = []
  const reduced = reduceSlice(slice({ endpoints: given.map((address) => ({ addresses: [address] })) }), (message) => reports.push(message))
  t.strictSame(
    reduced?.endpoints.map(({ address }) => address),
    ['10.20.0.9'],
  )
  t.equal(reports.length, 5)
  t.equal(reports[0], 'endpoints[0].addresses[0]: 127.0.0.1 is not an address that an endpoint can have; the endpoint is left out')
  const six = ['::1', '::', 'fe80::1', 'ff02::1', 'fd00::9'].map((address) => ({ addresses: [address] }))
  t.strictSame(
    reduceSlice(slice({ addressType: 'IPv6', endpoints: six }), () => {})?.endpoints.map(({ address }) => address),
    ['fd00::9'],
  )
})

t.test('a slice that cannot be used is refused with the field and what is legal', async (t) => {
  t.throws(() => reduceSlice(null, unexpected), { name: 'ObjectError', message: /^metadata\.name/ })
  t.throws(() => reduceSlice({ metadata: { name: 'x' } }, unexpected), { name: 'ObjectError', message: /^metadata\.namespace/ })
  const message = 'ports[0].port: 65536 is not a port (1 to 65535)'
  t.throws(() => reduceSlice(slice({ ports: [{ port: 65_536 }] }), unexpected), { name: 'ObjectError', message })
})
