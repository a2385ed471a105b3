import t from 'tap'
import { parseProcIpVs } from './proc.ts'

const HEADER = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`

t.test('a kernel without virtual servers has none', async (t) => {
  t.strictSame(parseProcIpVs(HEADER), [])
})

t.test('IPv4 servers and destinations are read with weights and connections', async (t) => {
  const text = `${HEADER}TCP  0A600001:0050 rr  
  -> 0AF40102:1F90      Masq    1      3          12        
  -> FFFE0103:FFFF      Masq    65535  2147483647 0         
UDP  0A60000A:0035 wlc  
`
  t.strictSame(parseProcIpVs(text), [
    {
      server: { protocol: 'tcp', address: '10.96.0.1', port: 80, scheduler: 'rr', persistent: false },
      destinations: [
        { address: '10.244.1.2', port: 8080, weight: 1, activeConnections: 3, inactiveConnections: 12, masquerading: true },
        {
          address: '255.254.1.3',
          port: 65_535,
          weight: 65_535,
          activeConnections: 2_147_483_647,
          inactiveConnections: 0,
          masquerading: true,
        },
      ],
    },
    { server: { protocol: 'udp', address: '10.96.0.10', port: 53, scheduler: 'wlc', persistent: false }, destinations: [] },
  ])
})

t.test('IPv6 addresses come in canonical text', async (t) => {
  const text = `${HEADER}TCP  [fd00:0096:0000:0000:0000:0000:0000:000a]:0050 sh persistent 2700000 80000000
  -> [fd00:0244:0000:0000:0000:0000:0000:0002]:1F90      Masq    0      0          0         
`
  t.strictSame(parseProcIpVs(text), [
    {
      server: { protocol: 'tcp', address: 'fd00:96::a', port: 80, scheduler: 'sh', persistent: true },
      destinations: [{ address: 'fd00:244::2', port: 8080, weight: 0, activeConnections: 0, inactiveConnections: 0, masquerading: true }],
    },
  ])
})

t.test('persistence is seen, its ticks are not taken for seconds', async (t) => {
  const text = `${HEADER}TCP  0A600001:0050 rr  persistent 2700000 FFFFFFFF\nSCTP  0A600001:0050 rr  ops persistent 90000 FFFFFFFF\n`
  t.strictSame(
    parseProcIpVs(text).map(({ server }) => server),
    [
      { protocol: 'tcp', address: '10.96.0.1', port: 80, scheduler: 'rr', persistent: true },
      { protocol: 'sctp', address: '10.96.0.1', port: 80, scheduler: 'rr', persistent: true },
    ],
  )
})

t.test('other forwarding than masquerading is seen', async (t) => {
  const lines = ['Masq   ', 'Local  ', 'Tunnel ', 'Route  '].map((name) => `  -> 0AF40102:1F90      ${name} 1      0          0         \n`)
  t.strictSame(
    parseProcIpVs(`${HEADER}TCP  0A600001:0050 rr  \n${lines.join('')}`)[0]?.destinations.map(({ masquerading }) => masquerading),
    [true, false, false, false],
  )
})

t.test('a negative weight, which only a kernel fault could show, stays negative', async (t) => {
  const text = `${HEADER}TCP  0A600001:0050 rr  \n  -> 0AF40102:1F90      Masq    -1     0          0         \n`
  t.equal(parseProcIpVs(text)[0]?.destinations[0]?.weight, -1)
})

t.test('a server by firewall mark has the family of its destinations', async (t) => {
  const text = `${HEADER}FWM  00012000 rr 
  -> 0AF40102:1F90      Masq    1      0          0         
FWM  00012000 mh ops persistent 90000 80000000
  -> [fd00:0244:0000:0000:0000:0000:0000:0002]:1F90      Masq    1      0          0         
`
  t.strictSame(
    parseProcIpVs(text).map(({ server, destinations }) => ({ server, ports: destinations.map(({ port }) => port) })),
    [
      { server: { fwmark: 0x1_2000, family: 4, scheduler: 'rr', persistent: false }, ports: [8080] },
      { server: { fwmark: 0x1_2000, family: 6, scheduler: 'mh', persistent: true }, ports: [8080] },
    ],
  )
})

t.test('servers by firewall mark without destinations, or with IPv4-mapped addresses, are left out', async (t) => {
  const text = `${HEADER}FWM  00000001 rr ops persistent 90000 FFFFFFFF
TCP  [0000:0000:0000:0000:0000:ffff:0a60:0001]:0050 rr 
  -> [fd00:0244:0000:0000:0000:0000:0000:0002]:1F90      Masq    1      0          0         
TCP  0A600002:0050 rr  
  -> 0AF40103:1F90      Masq    1      0          0         
`
  t.strictSame(parseProcIpVs(text), [
    {
      server: { protocol: 'tcp', address: '10.96.0.2', port: 80, scheduler: 'rr', persistent: false },
      destinations: [{ address: '10.244.1.3', port: 8080, weight: 1, activeConnections: 0, inactiveConnections: 0, masquerading: true }],
    },
  ])
})

for (const line of [
  'TCP',
  'TCP  0A600001 rr',
  'TCP  0A60001:0050 rr',
  'TCP  [fd00]:0050 rr',
  '  -> 0AF40102:1F90      Masq    1',
  'TCP  0A600001:zzzz rr',
]) {
  t.test(`a line that is none of the kernel’s is refused: ${JSON.stringify(line)}`, async (t) => {
    t.throws(() => parseProcIpVs(`${HEADER}${line}\n`), { name: 'SyntaxError', message: new RegExp(line.replaceAll(/[[\]]/g, '\\$&')) })
  })
}

t.test('10,000 servers with 2 destinations each are read whole', async (t) => {
  const hexOf = (number: number): string => number.toString(16).toUpperCase().padStart(8, '0')
  const block = (index: number): string => `TCP  ${hexOf(0x0a600000 + index)}:0050 rr  
  -> ${hexOf(0x0af40000 + index)}:1F90      Masq    1      0          0         
  -> ${hexOf(0x0af40000 + index)}:1F91      Masq    1      0          0         
`
  const entries = parseProcIpVs(HEADER + Array.from({ length: 10_000 }, (_, index) => block(index)).join(''))
  t.equal(entries.length, 10_000)
  t.match(entries[9_999]?.server, { address: '10.96.39.15' })
  t.strictSame(
    entries[9_999]?.destinations.map(({ address, port }) => `${address}:${port}`),
    ['10.244.39.15:8080', '10.244.39.15:8081'],
  )
})
