import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { CROWDED, openLeaseIndex } from './lease-index.ts'
import { listingOf } from './listing.ts'

const LISTING = listingOf(
  Array.from({ length: CROWDED }, (_, index) => ({ address: `10.0.${index >> 8}.${index & 255}`, text: `c${index}\r\neth0` })),
)

/** A lease folder and the index of it, in another folder that does not exist. */
const scene = (folder: string) => {
  mkdirSync(`${folder}/net`)
  return { net: `${folder}/net`, files: `${folder}/run/index`, index: openLeaseIndex(`${folder}/net`, `${folder}/run/index`) }
}

t.test('what was saved is there as long as nobody changes the folder', async (t) => {
  const { index, net } = scene(t.testdir())
  t.equal(index.load(), undefined)
  index.save(LISTING)
  t.same(index.load(), LISTING)
  t.same(readdirSync(net), [], 'nothing of it lies among the leases')
})

t.test('whoever adds, removes or renames a file makes it worthless, also within the tick of the clock', async (t) => {
  const { index, net } = scene(t.testdir())
  const changes = [
    () => writeFileSync(`${net}/10.0.0.2`, ''),
    () => renameSync(`${net}/10.0.0.2`, `${net}/10.0.0.3`),
    () => unlinkSync(`${net}/10.0.0.3`),
  ]
  for (const change of changes) {
    index.save(LISTING)
    change()
    t.equal(index.load(), undefined, change.toString())
  }
})

t.test('a folder restored with its old time is not the folder that was stamped', async (t) => {
  const { index, net } = scene(t.testdir())
  index.save(LISTING)
  const { mtimeMs } = (await import('node:fs')).statSync(net)
  writeFileSync(`${net}/10.0.0.2`, '')
  utimesSync(net, mtimeMs / 1000, mtimeMs / 1000)
  t.equal(index.load(), undefined)
})

t.test('a folder that is not crowded has no index, and loses the one it had', async (t) => {
  const { index, files } = scene(t.testdir())
  index.save(LISTING)
  t.equal(readdirSync(files).length, 1)
  index.save(listingOf([]))
  t.equal(index.load(), undefined)
  t.same(readdirSync(files), [])
})

t.test('the index of a folder that somebody deleted goes when another folder gets one', async (t) => {
  const folder = t.testdir({ other: {} })
  const { index, net, files } = scene(folder)
  index.save(LISTING)
  const [deleted = ''] = readdirSync(files)
  mkdirSync(`${folder}/living`)
  const living = openLeaseIndex(`${folder}/living`, files)
  living.save(LISTING)
  t.equal(readdirSync(files).length, 2)
  rmdirSync(net)
  openLeaseIndex(`${folder}/other`, files).save(LISTING)
  t.equal(readdirSync(files).length, 2)
  t.notOk(readdirSync(files).includes(deleted))
  t.same(living.load(), LISTING)
})

t.test('an index that cannot be kept or read is none', async (t) => {
  const folder = t.testdir({ run: '' })
  const { index, files } = scene(folder)
  index.save(LISTING)
  t.notOk(existsSync(files))
  t.equal(index.load(), undefined)
})
