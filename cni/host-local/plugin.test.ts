import t from 'tap'
import { fakeHost, runFirst } from '../protocol/fake-suite.ts'
import { type FakeLeaseFolder, fakeLeaseFolder } from './fake-lease-folder.ts'
import { createHostLocal } from './plugin.ts'

/** The plugin over folders in memory, called as a runtime calls it. */
const node = (files: Readonly<Record<string, string>> = {}) => {
  const folders = new Map<string, FakeLeaseFolder>()
  const openLeases = (path: string): FakeLeaseFolder => {
    const folder = folders.get(path) ?? fakeLeaseFolder(files)
    folders.set(path, folder)
    return folder
  }
  const readText = (path: string): string => {
    if (path !== '/etc/resolv.conf') throw new Error(`open ${path}: no such file or directory`)
    return 'nameserver 192.0.2.3\n'
  }
  const suite = { plugins: [createHostLocal({ openLeases, readText })], version: 'v1', host: fakeHost() }
  const call = (verb: string, config: object, env: Record<string, string> = {}) => {
    const { stdout, ...rest } = runFirst(
      suite,
      { CNI_COMMAND: verb, ...env },
      JSON.stringify({ cniVersion: '1.0.0', name: 'mynet', ...config }),
    )
    return { ...rest, result: stdout === '' ? undefined : JSON.parse(stdout) }
  }
  const contents = (network = 'mynet') => Object.fromEntries(folders.get(`/data/${network}`)?.files ?? [])
  return { call, contents, folders }
}

const ipam = (ipam: object): object => ({ ipam: { type: 'host-local', dataDir: '/data', ...ipam } })
const SMALL = ipam({ subnet: '10.1.2.0/24' })

t.test('[host-local 1] one address of each set, with routes and resolver; DEL leaves the cursors', async (t) => {
  const { call, contents } = node()
  const config = ipam({
    resolvConf: '/etc/resolv.conf',
    ranges: [[{ subnet: '10.1.2.0/24' }, { subnet: '10.2.2.0/24' }], [{ subnet: '2001:db8:1::/64' }]],
    routes: [
      { dst: '0.0.0.0/0' },
      { dst: '::/0' },
      { dst: '192.168.0.0/16', gw: '1.1.1.1' },
      { dst: '2001:db8:2::/64', gw: '2001:db8:3::1' },
    ],
  })
  t.same(call('ADD', config).result, {
    cniVersion: '1.0.0',
    dns: { nameservers: ['192.0.2.3'] },
    ips: [
      { address: '10.1.2.2/24', gateway: '10.1.2.1' },
      { address: '2001:db8:1::2/64', gateway: '2001:db8:1::1' },
    ],
    routes: [
      { dst: '0.0.0.0/0' },
      { dst: '::/0' },
      { dst: '192.168.0.0/16', gw: '1.1.1.1' },
      { dst: '2001:db8:2::/64', gw: '2001:db8:3::1' },
    ],
  })
  const cursors = { 'last_reserved_ip.0': '10.1.2.2', 'last_reserved_ip.1': '2001:db8:1::2' }
  t.same(contents(), { '10.1.2.2': 'cid1\r\neth0', '2001:db8:1::2': 'cid1\r\neth0', ...cursors })
  t.same(call('DEL', config), { exitCode: 0, stderr: '', result: undefined })
  t.same(contents(), cursors)
})

t.test('[host-local 2] one container in two networks: each DEL frees its own interface', async (t) => {
  const { call, contents } = node()
  const first = { ...SMALL, name: 'net1' }
  const second = { ...ipam({ subnet: '10.2.2.0/24' }), name: 'net2' }
  call('ADD', first, { CNI_IFNAME: 'eth0' })
  call('ADD', second, { CNI_IFNAME: 'eth1' })
  t.same([contents('net1')['10.1.2.2'], contents('net2')['10.2.2.2']], ['cid1\r\neth0', 'cid1\r\neth1'])
  call('DEL', first, { CNI_IFNAME: 'eth0' })
  t.same([contents('net1')['10.1.2.2'], contents('net2')['10.2.2.2']], [undefined, 'cid1\r\neth1'])
  call('DEL', second, { CNI_IFNAME: 'eth1' })
  t.equal(contents('net2')['10.2.2.2'], undefined)
})

t.test('[host-local 3] a second ADD of one container fails and takes nothing', async (t) => {
  const { call, contents } = node()
  call('ADD', SMALL)
  const message = 'failed to allocate for range 0: 10.1.2.2 has been allocated to cid1, duplicate allocation is not allowed'
  t.same(call('ADD', SMALL).result, { code: 999, msg: message })
  t.match(call('ADD', SMALL, { CNI_CONTAINERID: 'cid2' }).result.ips, [{ address: '10.1.2.3/24' }])
  t.same(call('ADD', SMALL).result, { code: 999, msg: message })
  call('DEL', SMALL)
  t.same(contents(), { '10.1.2.3': 'cid2\r\neth0', 'last_reserved_ip.0': '10.1.2.3' })
})

t.test('[host-local 4] DEL frees a lease that names the container only', async (t) => {
  const { call, contents } = node({ '10.1.2.2': 'cid1' })
  call('DEL', SMALL)
  t.same(contents(), {})
})

t.test('[host-local 5] DEL of a container that was never added succeeds', async (t) => {
  t.match(node().call('DEL', SMALL), { exitCode: 0 })
})

t.test('[host-local 6] a container id with white space never reaches the disk', async (t) => {
  const { call, folders } = node()
  t.match(call('ADD', SMALL, { CNI_CONTAINERID: '  cid1\n' }).result, { code: 4, msg: 'invalid characters in containerID' })
  t.equal(folders.size, 0)
})

t.test('requested addresses', async (t) => {
  t.match(
    node().call('ADD', { ...SMALL, args: { cni: { ips: ['10.1.2.88'] } } }).result.ips,
    [{ address: '10.1.2.88/24', gateway: '10.1.2.1' }],
    '[host-local 8]',
  )
  const two = ipam({ ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '10.1.3.0/24' }]] })
  t.match(
    node().call('ADD', { ...two, args: { cni: { ips: ['10.1.2.88', '10.1.3.77'] } } }).result.ips,
    [{ address: '10.1.2.88/24' }, { address: '10.1.3.77/24' }],
    '[host-local 9]',
  )
  t.match(
    node().call('ADD', { ...two, cniVersion: '0.2.0' }).result,
    { msg: 'CNI version 0.2.0 does not support more than 1 address per family' },
    '[host-local 9] 0.2.0',
  )
  const dual = ipam({ ranges: [[{ subnet: '172.16.1.0/24' }, { subnet: '10.1.2.0/24' }], [{ subnet: '2001:db8:1::/48' }]] })
  t.match(
    node().call('ADD', { ...dual, args: { cni: { ips: ['10.1.2.88', '2001:db8:1::999'] } } }).result.ips,
    [{ address: '10.1.2.88/24' }, { address: '2001:db8:1::999/48' }],
    '[host-local 10]',
  )
})

t.test('[host-local 11] a requested address of no set fails and leaves no lease', async (t) => {
  const { call, contents } = node()
  t.same(call('ADD', { ...SMALL, args: { cni: { ips: ['10.1.2.88', '10.1.3.77'] } } }).result, {
    code: 999,
    msg: 'failed to allocate all requested IPs: 10.1.3.77',
  })
  t.same(contents(), { 'last_reserved_ip.0': '10.1.2.88' })
})

t.test('a resolver file that is missing fails before anything is leased', async (t) => {
  const { call, folders } = node()
  t.same(call('ADD', ipam({ subnet: '10.1.2.0/24', resolvConf: '/none' })).result, {
    code: 999,
    msg: 'open /none: no such file or directory',
  })
  t.equal(folders.size, 0)
})

t.test('CHECK finds either form of lease', async (t) => {
  for (const content of ['cid1\r\neth0', 'cid1']) t.match(node({ '10.1.2.2': content }).call('CHECK', SMALL), { exitCode: 0 })
  t.same(node({ '10.1.2.2': 'cid1\r\neth1' }).call('CHECK', SMALL).result, {
    code: 999,
    msg: 'host-local: Failed to find address added by container cid1',
  })
})

t.test('a bad config fails every verb', async (t) => {
  for (const verb of ['ADD', 'DEL', 'CHECK'])
    t.match(node().call(verb, ipam({ ranges: [[]] })).result, { msg: 'invalid range set 0: empty range set' })
})

const gc = (list?: unknown): object => ({ ...SMALL, cniVersion: '1.1.0', ...(list !== undefined && { 'cni.dev/valid-attachments': list }) })

t.test('GC frees what is not valid any more, of its network only; the reference frees nothing', async (t) => {
  const files = {
    '10.1.2.2': 'cid1\r\neth0',
    '10.1.2.3': 'cid1\r\neth1',
    '10.1.2.4': 'cid2\r\neth0',
    '10.1.2.5': 'cid1',
    '10.1.2.6': 'cid3',
    '10.1.2.7': '',
    lock: '',
    'last_reserved_ip.0': '10.1.2.7',
    notes: 'cid2',
  }
  const { call, contents } = node(files)
  call('CHECK', { ...SMALL, name: 'other' })
  t.match(call('GC', gc([{ containerID: 'cid1', ifname: 'eth0' }])), { exitCode: 0, result: undefined })
  const { lock, notes, '10.1.2.2': own, '10.1.2.5': legacy } = files
  t.same(contents(), { '10.1.2.2': own, '10.1.2.5': legacy, lock, 'last_reserved_ip.0': '10.1.2.7', notes })
  t.same(contents('other'), files)
})

t.test('GC with an empty list frees everything, without a list nothing, with a malformed one it fails', async (t) => {
  const { call, contents } = node({ '10.1.2.2': 'cid1\r\neth0' })
  t.match(call('GC', gc()), { exitCode: 0 })
  t.match(call('GC', gc('all')), { exitCode: 1 })
  t.same(contents(), { '10.1.2.2': 'cid1\r\neth0' })
  t.match(call('GC', gc([])), { exitCode: 0 })
  t.same(contents(), {})
})

t.test('GC needs no ranges, and makes no folder', async (t) => {
  const { call, folders } = node()
  t.match(call('GC', { ...gc([]), ...ipam({ ranges: [[]] }) }), { exitCode: 0 })
  t.equal(folders.get('/data/mynet')?.files.size, 0)
})

const STATUS = { ...SMALL, cniVersion: '1.1.0' }

t.test('STATUS succeeds while an ADD would, before the first and after it', async (t) => {
  const { call } = node()
  t.match(call('STATUS', STATUS), { exitCode: 0, result: undefined })
  call('ADD', SMALL)
  t.match(call('STATUS', STATUS), { exitCode: 0, result: undefined })
})

t.test('STATUS has code 50 for an exhausted set, which the reference never reports', async (t) => {
  const config = { ...ipam({ ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '10.1.3.0/30' }]] }), cniVersion: '1.1.0' }
  const { call } = node({ '10.1.3.2': 'cid1\r\neth0' })
  const exhausted = { code: 50, msg: 'no IP addresses available in range set: 10.1.3.1-10.1.3.2' }
  t.match(call('STATUS', config), { exitCode: 1, result: exhausted })
  t.match(node({ '10.1.3.2': '' }).call('STATUS', config), { exitCode: 0 }, 'an empty lease is free')
})

t.test('STATUS has code 50 for whatever else would fail an ADD: config, resolver file, folder', async (t) => {
  const { call, folders } = node({ lock: '' })
  t.match(call('STATUS', { ...ipam({ ranges: [[]] }), cniVersion: '1.1.0' }).result, {
    code: 50,
    msg: 'invalid range set 0: empty range set',
  })
  t.match(call('STATUS', { ...ipam({ subnet: '10.1.2.0/24', resolvConf: '/none' }), cniVersion: '1.1.0' }).result, {
    code: 50,
    msg: 'open /none: no such file or directory',
  })
  call('STATUS', STATUS)
  folders.get('/data/mynet')?.failing.add('lock')
  t.match(call('STATUS', STATUS).result, { code: 50, msg: 'lock: read-only file system' })
})

t.test('DEL frees the lease under a config that became invalid, and says so; the reference keeps the lease', async (t) => {
  const { call, contents } = node()
  call('ADD', SMALL)
  t.match(call('DEL', ipam({ ranges: [[]] })).result, { code: 999, msg: 'invalid range set 0: empty range set' })
  t.same(contents(), { 'last_reserved_ip.0': '10.1.2.2' })
})

t.test('DEL also frees what a crash left empty, where the reference leaves it for ever', async (t) => {
  const { call, contents } = node({ '10.1.2.2': 'cid1\r\neth0', '10.1.2.3': '', '10.1.2.4': '\n', '10.1.2.5': 'cid2\r\neth0' })
  t.match(call('DEL', SMALL), { exitCode: 0 })
  t.same(contents(), { '10.1.2.5': 'cid2\r\neth0' })
})

t.test('leases lie in the folder of the network, by default where the reference has them', async (t) => {
  for (const [dataDir, path] of [
    ['/data/', '/data/mynet'],
    ['', '/var/lib/cni/networks/mynet'],
  ]) {
    const { call, folders } = node()
    call('ADD', ipam({ subnet: '10.1.2.0/24', dataDir }))
    t.same([...folders.keys()], [path])
  }
})
