/** Where the reference does nothing, or the wrong thing. */
import t from 'tap'
import { ipam, node, SMALL } from './fake-node.ts'

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
