/**
 * Objects with every field missing, null or absurd, one at a time and several by chance: each is used, or reported, and disturbs
 * nothing else. SOAK_SEED repeats a run.
 */
import t from 'tap'
import { SERVICES, SLICES } from '../../../proxy/watch/resource.ts'
import { chooseSeed, makeRandom } from '../../cni/faults/random.ts'
import { NODES, openDoor } from './door.ts'
import { ABSURD, fullNode, fullService, fullSlice, GONE, pathsOf, spoiled, spoiledByChance } from './hostile-objects.ts'

const seed = chooseSeed()
const KINDS = [
  { name: 'Service', resource: SERVICES, full: fullService() },
  { name: 'EndpointSlice', resource: SLICES, full: fullSlice() },
  { name: 'Node', resource: NODES, full: fullNode() },
]

/** A door behind which the other objects are whole. */
const doorOf = (): ReturnType<typeof openDoor> => {
  const door = openDoor()
  for (const { resource, full } of KINDS) door.present(resource, full)
  return door
}

t.test('whole objects are used', async (t) => {
  const { complaints, harness } = doorOf()
  t.same(complaints(), [])
  t.ok(harness.plane.items.size > 20, `${harness.plane.items.size} kernel objects`)
})

for (const { name, resource, full } of KINDS) {
  t.test(`a ${name} with one field missing, null or absurd`, async (t) => {
    for (const path of pathsOf(full)) {
      const door = doorOf()
      for (const value of [GONE, ...ABSURD]) {
        door.present(resource, spoiled(full, path, value))
        const found = door.complaints()
        if (found.length > 0) return t.same(found, [], `${path.join('.')} = ${String(JSON.stringify(value)).slice(0, 100)}`)
      }
      door.present(resource, full)
    }
    return t.pass('is used, or reported')
  })
}

t.test(`objects with several fields spoiled (seed ${seed})`, async (t) => {
  const random = makeRandom(seed)
  const door = doorOf()
  for (let count = 0; count < 2000; count++) {
    const { resource, full, name } = random.pick(KINDS)
    const object = spoiledByChance(full, random)
    door.present(resource, object)
    const found = door.complaints()
    if (found.length > 0) return t.same(found, [], `${name} ${count}: ${JSON.stringify(object).slice(0, 2000)}`)
  }
  door.relist(KINDS.map(({ resource, full }) => ({ resource, raw: full })))
  const clean = doorOf()
  return t.same(
    anyMark(door.harness.kernel()),
    anyMark(clean.harness.kernel()),
    'whole objects again leave what they would have made alone',
  )
})

/** A port keeps the mark that it got beside others, and might have got another one alone. */
function anyMark(kernel: readonly string[]): string[] {
  return kernel.map((item) => item.replace(/0x[0-9a-f]+1000/, 'MARK')).sort()
}
