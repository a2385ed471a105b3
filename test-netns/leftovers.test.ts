import t from 'tap'
import { compareSurroundings, observeSurroundings } from './leftovers.ts'
import { makeNamespace } from './rig/namespace.ts'
import { makeOwner } from './rig/owner.ts'
import { startProcess } from './rig/process.ts'
import { requires } from './rig/requires.ts'

t.test('only what is new is left over', async (t) => {
  t.same(compareSurroundings({ links: ['lo', 'eth0'], files: [] }, { links: ['lo', 'veth0'], files: [] }), [
    { name: 'no links are left', found: ['veth0'] },
    { name: 'no files are left', found: [] },
  ])
})

t.test('a namespace and a process that stay are found, and not any more when they are gone', requires('root', 'ip', 'nft'), async (t) => {
  const before = observeSurroundings()
  const owner = makeOwner()
  const { name, command } = makeNamespace(owner, 'forgotten')
  await startProcess(owner, command('sleep', '1234'))
  const leftovers = compareSurroundings(before, observeSurroundings())
  t.same(leftovers.find((each) => each.name === 'no network namespaces are left')?.found.includes(`/run/netns/${name}`), true)
  t.match(leftovers.find((each) => each.name === 'no processes are left')?.found.join(), 'sleep 1234')
  owner.close()
  const after = observeSurroundings()
  t.notMatch(after['network namespaces'], [`/run/netns/${name}`])
  t.notMatch(after.processes?.join(), 'sleep 1234')
})
