import t from 'tap'
import { type FakeLeaseFolder, fakeLeaseFolder } from './fake-lease-folder.ts'
import { withIndex } from './indexed-folder.ts'
import { CROWDED, type LeaseIndex } from './lease-index.ts'
import type { LeaseFolder } from './leases.ts'
import { findIn, type Listing, listingOf } from './listing.ts'

interface Scene {
  readonly plain: FakeLeaseFolder
  readonly folder: LeaseFolder
  readonly saved: Listing[]
  /** How often all files were read. */
  readings(): number
}

/** A folder of `size` leases with an index that remembers `listing`. */
const scene = (size: number, listing?: Listing): Scene => {
  const addresses = Array.from({ length: size }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
  const plain = fakeLeaseFolder(Object.fromEntries(addresses.map((address, index) => [address, `c${index}\r\neth0`])))
  const saved: Listing[] = []
  const index: LeaseIndex = { load: () => listing, save: (next) => void saved.push(next) }
  let readings = 0
  const counted = {
    ...plain,
    leases: () => {
      readings += 1
      return plain.leases()
    },
  }
  return { plain, folder: withIndex(counted, index), saved, readings: () => readings }
}

const find = ({ folder }: Scene, text: string): string[] => folder.locked(() => folder.find([text]).map(({ address }) => address))
const everything = ({ plain }: Scene): Listing => listingOf(plain.locked(() => plain.leases()))

t.test('a crowded folder is read once, and then remembered', async (t) => {
  const first = scene(CROWDED)
  t.same(find(first, 'c7\r\neth0'), ['10.0.0.7'])
  t.same([first.readings(), first.saved.length], [1, 1])
  const second = scene(CROWDED, everything(first))
  t.same(find(second, 'c7\r\neth0'), ['10.0.0.7'])
  t.same(find(second, 'other'), [])
  t.same([second.readings(), second.saved.length], [0, 0])
})

t.test('what a call makes and removes is remembered', async (t) => {
  const { folder, saved } = scene(CROWDED)
  folder.locked(() => {
    folder.find([])
    folder.create('10.1.0.0', 'new\r\neth0')
    folder.create('10.0.0.9', 'taken\r\neth0')
    folder.remove('10.0.0.7')
  })
  const [listing = listingOf([])] = saved
  t.equal(listing.size, CROWDED)
  t.same(findIn(listing, 'new\r\neth0'), [{ address: '10.1.0.0', text: 'new\r\neth0' }])
  for (const text of ['taken\r\neth0', 'c7\r\neth0']) t.same(findIn(listing, text), [], text)
})

t.test('also when the call fails: what it undid is not in it', async (t) => {
  const { folder, saved } = scene(CROWDED)
  t.throws(() =>
    folder.locked(() => {
      folder.find([])
      folder.create('10.1.0.0', 'new\r\neth0')
      folder.remove('10.1.0.0')
      throw new Error('failed')
    }),
  )
  t.equal(saved[0]?.size, CROWDED)
})

t.test('an index that names a lease of another is not believed: the files are read', async (t) => {
  const trial = scene(CROWDED, listingOf([{ address: '10.0.0.5', text: 'c7\r\neth0' }]))
  t.same(find(trial, 'c7\r\neth0'), ['10.0.0.7'])
  t.equal(trial.readings(), 1)
})

t.test('an ordinary folder is only read', async (t) => {
  const trial = scene(CROWDED - 1)
  t.same(find(trial, 'c7\r\neth0'), ['10.0.0.7'])
  t.same(trial.saved, [])
})
