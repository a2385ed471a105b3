import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
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

t.test("what a proxy keeps goes with its namespace, and nobody else's", requires('root', 'ip'), async (t) => {
  const owner = makeOwner()
  const namespaces = [makeNamespace(owner, 'proxied'), makeNamespace(t, 'other')]
  const files = namespaces.flatMap(({ path }) => {
    const { ino } = statSync(path)
    return [`/run/selvedge/proxy/${ino}.json`, `/run/selvedge/status.${ino}`]
  })
  mkdirSync('/run/selvedge/proxy', { recursive: true, mode: 0o700 })
  for (const file of files) writeFileSync(file, '')
  t.strictSame(
    files.map((file) => observeSurroundings().files?.includes(file)),
    [true, true, true, true],
  )
  owner.close()
  t.strictSame(files.map(existsSync), [false, false, true, true])
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
