import t from 'tap'
import { programOf } from './program-of.ts'

t.test('a verb is its plugin’s program, whatever the path before the name', async (t) => {
  t.equal(programOf('/opt/cni/bin/bridge', 'ADD'), 'bridge')
  t.equal(programOf('host-local', 'DEL'), 'host-local')
  t.equal(programOf('./portmap', 'CHECK'), 'portmap')
  t.equal(programOf('/a b/loopback', 'GC'), 'loopback')
  t.equal(programOf('bridge', 'STATUS'), 'bridge')
})

t.test('where no plugin is to act, none is loaded', async (t) => {
  t.equal(programOf('bridge', 'VERSION'), 'none')
  t.equal(programOf('bridge', undefined), 'none')
  t.equal(programOf('bridge', ''), 'none')
  t.equal(programOf('bridge', 'add'), 'none')
  t.equal(programOf('/opt/cni/bin/flannel', 'ADD'), 'none')
  t.equal(programOf('bridge/', 'ADD'), 'none')
  t.equal(programOf('constructor', 'ADD'), 'none')
})
