/** DEL after the container's namespace is gone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import t from 'tap'
import { defer } from '../../rig/owner.ts'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { observeUndisturbed, surplus } from './kill.ts'
import { SCENARIOS } from './scenarios.ts'
import { makeFaultScene } from './scene.ts'

t.before(buildExecutables)

t.test('DEL frees everything although the namespace is gone, whatever its path is now', requires('root', 'nft'), async (t) => {
  const folder = mkdtempSync(`${tmpdir()}/faults-`)
  defer(t, () => rmSync(folder, { recursive: true }))
  writeFileSync(`${folder}/file`, '')
  for (const netns of ['/run/netns/nobody', `${folder}/file`, '']) {
    const scene = makeFaultScene(t, SCENARIOS.chain)
    const { detached } = await observeUndisturbed(scene)
    t.equal((await scene.add()).exitCode, 0)
    scene.removeInterface()
    t.match(await scene.del({ netns }), { exitCode: 0, stdout: '' }, `CNI_NETNS=${netns}`)
    t.strictSame(surplus(scene.state(), detached), [])
  }
})
