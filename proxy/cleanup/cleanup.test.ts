import t from 'tap'
import { KernelError } from '#kernel/errno.ts'
import type { Route } from '#kernel/rtnetlink/types.ts'
import { NO_TRAFFIC } from '#kernel/testing/no-traffic.ts'
import { type CleanupEdges, cleanUp, type Step } from './cleanup.ts'

const ENOENT = 2
const EBUSY = 16

const route = (address: string): Route => ({ family: 4, table: 255, protocol: 83, destination: { address, prefixLength: 32 } })
const server = (address: string) => ({
  server: {
    ...{ protocol: 'tcp' as const, address, port: 80, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0, persistencePrefix: 32 },
    stats: NO_TRAFFIC,
  },
  destinations: [],
})

/** A node with the VIP 10.96.0.1 of ours and 192.0.2.1 of somebody else. */
const edges = (tweaks: Partial<CleanupEdges> = {}): CleanupEdges => ({
  ipvs: { apply: (operations) => operations.map(() => undefined) },
  observeIpvs: () => [server('10.96.0.1'), server('192.0.2.1')],
  nftables: {
    elements: () => {
      throw new KernelError('no such set', ENOENT)
    },
    listTable: (family) => (family === 'inet' ? [] : undefined),
    transaction: () => {},
  },
  rtnetlink: {
    routes: () => [route('10.96.0.1')],
    batchRoutes: (changes) => changes.map(() => undefined),
    link: () => undefined,
    addresses: () => [],
    deleteLink: () => {},
  },
  spares: () => false,
  filters: { ensure: () => [], remove: () => [{ where: 'nftables ip filter INPUT', verb: 'remove' }] },
  sysctls: { read: () => '1', write: () => {}, ensure: () => false },
  record: { path: '/run/record', read: () => undefined, remove: () => {} },
  socket: { path: '/run/socket', exists: () => false, remove: () => {} },
  ...tweaks,
})
const linesOf = (steps: readonly Step[]): string[] =>
  steps.map(({ verb, what, failure }) => `${verb} ${what}${failure === undefined ? '' : `: ${failure.message}`}`)

t.test('what is ours goes, virtual servers first; what is not stays', async (t) => {
  t.same(linesOf(cleanUp(edges())), [
    'removed virtual server tcp 10.96.0.1:80',
    'removed route 10.96.0.1/32',
    'removed nftables table inet selvedge',
    'removed rule of nftables ip filter INPUT',
  ])
})

t.test('without IPVS the rest goes all the same', async (t) => {
  t.same(linesOf(cleanUp(edges({ ipvs: undefined }))), [
    'removed route 10.96.0.1/32',
    'removed nftables table inet selvedge',
    'removed rule of nftables ip filter INPUT',
  ])
})

t.test('a virtual server that stays keeps the tables that tell whose it is', async (t) => {
  const busy = { apply: () => [new KernelError('delete virtual server', EBUSY)] }
  t.same(linesOf(cleanUp(edges({ ipvs: busy }))), [
    'removed virtual server tcp 10.96.0.1:80: delete virtual server: device or resource busy',
    'removed route 10.96.0.1/32',
    'left the nftables tables, by which the remaining virtual servers are known as ours',
    'removed rule of nftables ip filter INPUT',
  ])
})

t.test('what is gone by the time it is removed is no failure, and nothing that was removed', async (t) => {
  const gone = { apply: () => [new KernelError('delete virtual server', ENOENT)] }
  t.notMatch(linesOf(cleanUp(edges({ ipvs: gone }))).join('\n'), 'virtual server')
})

t.test('excluded networks are left alone', async (t) => {
  const spares: CleanupEdges['spares'] = (item) =>
    (item.kind === 'route' && item.address === '10.96.0.1') || (item.kind === 'server' && 'address' in item.server)
  t.same(linesOf(cleanUp(edges({ spares }))), ['removed nftables table inet selvedge', 'removed rule of nftables ip filter INPUT'])
})

t.test('a link with addresses of somebody else stays', async (t) => {
  const link = { index: 7, name: 'kube-dummy-if', mtu: 1500, mac: '', up: true, operState: 'unknown', promiscuity: 0 }
  const address = (text: string) => ({ link: 7, address: text, prefixLength: 32, scope: 0, flags: 0 })
  const withAddresses = (...texts: string[]) =>
    linesOf(cleanUp(edges({ rtnetlink: { ...edges().rtnetlink, link: () => link, addresses: () => texts.map(address) } }))).filter((line) =>
      line.includes('kube-dummy-if'),
    )
  t.same(withAddresses(), ['removed link kube-dummy-if'])
  t.same(withAddresses('fe80::1'), ['removed link kube-dummy-if'])
  t.same(withAddresses('10.96.0.1', '10.96.0.2', 'fe80::1'), [
    'left link kube-dummy-if: it has addresses that are not ours (10.96.0.1/32 and 1 more)',
  ])
})

const RECORD = JSON.stringify({
  settings: [
    { path: 'net/ipv4/vs/conntrack', before: '0', written: '1' },
    { path: 'net/ipv4/vs/expire_nodest_conn', before: '0', written: '9' },
    { path: 'net/ipv4/ip_forward', before: '0', written: '1' },
  ],
  reservedPorts: '30000-30010',
})

t.test('IPVS’s parameters get their values back unless somebody changed them since; forwarding stays', async (t) => {
  const writes: string[] = []
  const sysctls = {
    read: (path: string) => (path.endsWith('reserved_ports') ? '8080,30000-30020' : '1'),
    write: (path: string, value: string) => void writes.push(`${path}=${value}`),
    ensure: () => false,
  }
  const removed: string[] = []
  const record = { path: '/run/record', read: () => RECORD, remove: () => void removed.push('record') }
  t.same(linesOf(cleanUp(edges({ sysctls, record }))).slice(-4), [
    'restored sysctl net/ipv4/vs/conntrack=0',
    'left sysctl net/ipv4/ip_forward=1 (was 0): others need it too',
    'restored ports 30000-30010: no longer reserved',
    'removed file /run/record',
  ])
  t.same(writes, ['net/ipv4/vs/conntrack=0', 'net/ipv4/ip_local_reserved_ports=8080,30011-30020\n'])
  t.same(removed, ['record'])
})

t.test('the socket that a killed proxy left goes', async (t) => {
  const socket = { path: '/run/socket', exists: () => true, remove: () => {} }
  t.match(linesOf(cleanUp(edges({ socket }))).at(-1), 'removed file /run/socket')
})

t.test('a record that cannot be read fails alone and stays', async (t) => {
  const record = {
    path: '/run/record',
    read: () => 'rubbish',
    remove: () => {
      throw new Error('not to be called')
    },
  }
  t.match(linesOf(cleanUp(edges({ record }))).at(-1), /^removed file \/run\/record: .*JSON/)
})
