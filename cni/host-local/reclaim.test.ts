import t from 'tap'
import { give } from './fake-attempt.ts'
import { type FakeLeaseFolder, fakeLeaseFolder } from './fake-lease-folder.ts'

t.test('a lease that a crash left empty is free, where the reference never gives its address again', async (t) => {
  const exhausted = { sets: [['10.0.0.0/30']] }
  t.same(give(fakeLeaseFolder({ '10.0.0.2': '' }), exhausted), ['10.0.0.2/30 10.0.0.1'])
  t.same(give(fakeLeaseFolder({ '10.0.0.2': '\n' }), { ...exhausted, requested: ['10.0.0.2'] }), ['10.0.0.2/30 10.0.0.1'])
})

/** A folder whose files were written before this machine's last start. */
const rebooted = (files: Readonly<Record<string, string>>): FakeLeaseFolder => {
  const folder = fakeLeaseFolder(files)
  for (const name of folder.files.keys()) folder.old.add(name)
  return folder
}

t.test('a container that comes back after a restart gets an address, where the reference calls it a duplicate', async (t) => {
  const folder = rebooted({ '10.0.0.2': 'c1\r\neth0', '10.0.0.3': 'c2\r\neth0' })
  t.same(give(folder, { sets: [['10.0.0.0/29']] }), ['10.0.0.2/29 10.0.0.1'])
  t.same(Object.fromEntries(folder.files), { '10.0.0.2': 'c1\r\neth0', '10.0.0.3': 'c2\r\neth0', 'last_reserved_ip.0': '10.0.0.2' })
})

t.test(
  'leases of an earlier boot are taken over when nothing else is left or they are asked for; the reference is exhausted',
  async (t) => {
    const warnings: string[] = []
    const folder = rebooted({ '10.0.0.2': 'c7\r\neth0', '10.0.0.3': 'c8\r\neth0' })
    t.same(give(folder, { sets: [['10.0.0.0/29']] }), ['10.0.0.4/29 10.0.0.1'], 'free addresses come first')
    t.same(give(folder, { sets: [['10.0.0.0/30']], id: 'c2', warnings }), ['10.0.0.2/30 10.0.0.1'])
    t.same(give(folder, { sets: [['10.0.0.0/29']], id: 'c3', requested: ['10.0.0.3'], warnings }), ['10.0.0.3/29 10.0.0.1'])
    t.same(warnings, ['reclaimed 10.0.0.2: its lease is of an earlier boot', 'reclaimed 10.0.0.3: its lease is of an earlier boot'])
  },
)

t.test('a file that names no interface is never taken over: people reserve addresses with such', async (t) => {
  t.throws(() => give(rebooted({ '10.0.0.2': 'reserved' }), { sets: [['10.0.0.0/30']] }), {
    message: 'failed to allocate for range 0: no IP addresses available in range set: 10.0.0.1-10.0.0.2',
  })
})
