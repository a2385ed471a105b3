import t from 'tap'
import { fakeLeaseFolder } from './fake-lease-folder.ts'
import { lastReserved, leasesOf, release, reserve } from './leases.ts'

const HOLDER = { containerId: 'c1', ifname: 'eth0' }

t.test('a lease is a file named after the address, holding id and interface; a cursor holds the address', async (t) => {
  const folder = fakeLeaseFolder()
  folder.locked(() => {
    t.equal(reserve(folder, { address: '10.0.0.2', set: 0, holder: HOLDER }), true)
    t.equal(reserve(folder, { address: '2001:db8::5', set: 1, holder: HOLDER }), true)
    t.equal(reserve(folder, { address: '10.0.0.2', set: 0, holder: { ...HOLDER, containerId: 'c2' } }), false)
    t.equal(lastReserved(folder, 0), '10.0.0.2')
    t.equal(lastReserved(folder, 2), undefined)
  })
  t.same(Object.fromEntries(folder.files), {
    '10.0.0.2': 'c1\r\neth0',
    'last_reserved_ip.0': '10.0.0.2',
    '2001:db8::5': 'c1\r\neth0',
    'last_reserved_ip.1': '2001:db8::5',
  })
})

t.test('white space around a lease’s content does not count; a prefix of an id does', async (t) => {
  const folder = fakeLeaseFolder({
    '10.0.0.2': ' c1\r\neth0\n',
    '10.0.0.3': 'c1\r\neth',
    '10.0.0.4': 'c11\r\neth0',
    '10.0.0.5': '',
    c1: 'c1',
  })
  t.same(
    folder.locked(() => leasesOf(folder, HOLDER)),
    { own: ['10.0.0.2'], legacy: [], empty: ['10.0.0.5'] },
  )
})

t.test('lock, cursors and foreign files are neither read nor removed', async (t) => {
  const files = { lock: 'c1', 'last_reserved_ip.0': 'c1', '010.0.0.1': 'c1', notes: 'c1' }
  const folder = fakeLeaseFolder(files)
  for (const name of Object.keys(files)) folder.failing.add(`read ${name}`)
  folder.locked(() => release(folder, HOLDER))
  t.same(Object.fromEntries(folder.files), files)
})

t.test('release frees all leases of the holder, those of the old form only when there is no other', async (t) => {
  const folder = fakeLeaseFolder({ '10.0.0.2': 'c1\r\neth0', 'fd00::2': 'c1\r\neth0', '10.0.0.3': 'c1', '10.0.0.4': 'c1\r\neth1' })
  folder.locked(() => release(folder, HOLDER))
  t.same([...folder.files.keys()], ['10.0.0.3', '10.0.0.4'])
  folder.locked(() => release(folder, HOLDER))
  t.same([...folder.files.keys()], ['10.0.0.4'])
  folder.locked(() => release(folder, HOLDER))
  t.same([...folder.files.keys()], ['10.0.0.4'])
})

t.test('a lease that cannot be removed does not keep the others', async (t) => {
  const folder = fakeLeaseFolder({ '10.0.0.2': 'c1\r\neth0', '10.0.0.3': 'c1\r\neth0', '10.0.0.4': 'c1\r\neth0' })
  folder.failing.add('remove 10.0.0.2').add('remove 10.0.0.4')
  t.throws(() => folder.locked(() => release(folder, HOLDER)), {
    message: 'remove 10.0.0.2: input/output error;remove 10.0.0.4: input/output error',
  })
  t.same([...folder.files.keys()], ['10.0.0.2', '10.0.0.4'])
})
