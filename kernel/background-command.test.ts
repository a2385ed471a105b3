import t from 'tap'
import { inBackground } from './background-command.ts'
import { openBackgroundNft } from './background-nft.ts'

/** Every program is this one. */
const commandsWith = (path: string | undefined) => ({ find: () => path, counters: { started: 0 } })

t.test('a program runs while this one goes on: its output, its status, and a start that is counted', async (t) => {
  const commands = commandsWith('/bin/sh')
  const ran = inBackground(commands).run('sh', ['-c', 'cat; echo why >&2; pwd; echo $LC_ALL $HOME; exit 3'], 'größer\n')
  t.equal(commands.counters.started, 1)
  t.same(await ran, { status: 3, stdout: 'größer\n/\nC\n', stderr: 'why\n' })
})

t.test('input that nobody reads is no failure', async (t) => {
  const ran = await inBackground(commandsWith('/bin/sh')).run('sh', ['-c', 'exit 0'], 'x'.repeat(1_000_000))
  t.same(ran, { status: 0, stdout: '', stderr: '' })
})

t.test('what is not installed, does not start or is killed is told by its code', async (t) => {
  await t.rejects(inBackground(commandsWith(undefined)).run('nft', []), { code: 'ENOENT', message: /nft is not installed/ })
  await t.rejects(inBackground(commandsWith('/bin/no-such-program')).run('nft', []), { code: 'ENOENT' })
  await t.rejects(inBackground(commandsWith('/bin/sh')).run('sh', ['-c', 'kill -TERM $$']), { code: 'EKILLED' })
})

t.test('nft in the background refuses and lists as it does when it is waited for', async (t) => {
  const answering = (answer: { status: number; stdout: string; stderr: string }) => openBackgroundNft({ run: async () => answer })
  const missing = { status: 1, stdout: '', stderr: 'Error: No such file or directory\nlist table inet x\n' }
  t.equal(await answering(missing).listTable('inet', 'x'), undefined)
  t.same(await answering({ status: 0, stdout: '{"nftables":[{"metainfo":{}}]}', stderr: '' }).listTable('inet', 'x'), [{ metainfo: {} }])
  await t.rejects(answering(missing).transaction('add table inet x'), { name: 'NftError', code: 'ENOENT' })
  await t.rejects(answering(missing).listTable('inet', 'x; flush ruleset'), TypeError)
})
