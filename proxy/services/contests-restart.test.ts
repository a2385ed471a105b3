/** A restart while two Services claim one address and port. */
import t from 'tap'
import { at, NEW, NEW_WAITS, OLD, told } from './testing/claimants.ts'
import { createHarness } from './testing/harness.ts'

t.test('a restart changes nothing: the Service that has an address in the kernel keeps it without a write', async (t) => {
  const before = createHarness()
  before.send(...NEW, ...OLD)
  const { plane } = before
  for (const order of [
    [...NEW, ...OLD],
    [...OLD, ...NEW],
  ]) {
    const after = createHarness({ plane, started: false })
    plane.log.length = 0
    after.send(...order)
    after.controller.start()
    after.time.settle()
    t.same(plane.log, [])
    t.equal(at(after), '10.1.1.1:8080')
    t.same(told(after), [NEW_WAITS])
  }
})

t.test('a restart finds the wrong one in the kernel and puts it right, without the address being away', async (t) => {
  const before = createHarness()
  before.send(...NEW)
  const after = createHarness({ plane: before.plane, started: false })
  before.plane.log.length = 0
  after.send(...NEW, ...OLD)
  after.controller.start()
  after.time.settle()
  t.equal(at(after), '10.1.1.1:8080')
  t.notOk(before.plane.log.some((change) => /delete(Server|) (server|route).*198\.51\.100\.7/.test(change)))
})
