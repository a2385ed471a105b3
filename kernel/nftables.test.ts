import t from 'tap'
import { openNftables } from './nftables.ts'
import { fakeCommands } from './testing/fake-commands.ts'

t.test('a transaction is one nft that reads the script from standard input', async (t) => {
  const commands = fakeCommands()
  openNftables(commands).transaction('add table inet selvedge\n')
  t.strictSame(commands.ran, [['nft', ['-f', '-'], 'add table inet selvedge\n']])
})

t.test('a transaction of objects is one nft that is given JSON', async (t) => {
  const commands = fakeCommands()
  openNftables(commands).transactionOf([{ table: { family: 'bridge', name: 'nat' } }])
  t.strictSame(commands.ran, [['nft', ['-j', '{"nftables":[{"table":{"family":"bridge","name":"nat"}}]}']]])
})

const failureWith = (stderr: string) => fakeCommands(() => ({ status: 1, stderr }))

const MESSAGES = [
  { code: 'ENOENT', stderr: '/dev/stdin:2:18-21: Error: No such file or directory\nadd element inet nope s { 1.2.3.5 }\n' },
  { code: 'ENOENT', stderr: '/dev/stdin:1:18-19: Error: No such file or directory; did you mean table ‘t’ in family inet?\nadd x\n' },
  { code: 'EEXIST', stderr: '/dev/stdin:3:19-19: Error: Could not process rule: File exists\n' },
  { code: 'EBUSY', stderr: '/dev/stdin:1:1-9: Error: Could not process rule: Device or resource busy\n' },
  { code: 'EPERM', stderr: 'netlink: Error: cache initialization failed: Operation not permitted\n' },
  { code: 'ENFT', stderr: '/dev/stdin:1:1-9: Error: Could not process rule: Is a directory\nadd set inet t File exists\n' },
  { code: 'ENFT', stderr: "/dev/stdin:1:104-104: Error: syntax error, unexpected '}'\n" },
]

for (const { code, stderr } of MESSAGES) {
  t.test(`a refused transaction has nft’s message and the code ${code}`, async (t) => {
    t.throws(() => openNftables(failureWith(stderr)).transaction('x'), { name: 'NftError', code, message: `nft: ${stderr.trim()}` })
  })
}

t.test('a refusal without a word gives the exit status', async (t) => {
  t.throws(() => openNftables(failureWith('')).transaction('x'), { message: 'nft: exit status 1', code: 'ENFT' })
})

t.test('a table is listed as its objects', async (t) => {
  const objects = [{ metainfo: { version: '1.0.6' } }, { table: { family: 'inet', name: 'selvedge', handle: 1 } }]
  const commands = fakeCommands(() => ({ stdout: JSON.stringify({ nftables: objects }) }))
  t.strictSame(openNftables(commands).listTable('inet', 'selvedge'), objects)
  t.strictSame(commands.ran, [['nft', ['-j', 'list', 'table', 'inet', 'selvedge']]])
})

t.test('a terse listing, without elements, is asked for with -t', async (t) => {
  const commands = fakeCommands(() => ({ stdout: '{"nftables": []}' }))
  t.strictSame(openNftables(commands).listTable('ip6', 'nat', { terse: true }), [])
  t.strictSame(commands.ran, [['nft', ['-j', '-t', 'list', 'table', 'ip6', 'nat']]])
})

t.test('a message is bounded, whatever nft repeats', async (t) => {
  const stderr = `Error: File exists\n${'x'.repeat(1_000_000)}`
  t.throws(() => openNftables(failureWith(stderr)).transaction('x'), { code: 'EEXIST', message: `nft: ${stderr.slice(0, 2_000)}` })
})

t.test('an absent table is undefined', async (t) => {
  const commands = failureWith('Error: No such file or directory\nlist table inet selvedge\n                ^^^^^^^^\n')
  t.equal(openNftables(commands).listTable('inet', 'selvedge'), undefined)
})

t.test('a table that cannot be listed is an error', async (t) => {
  t.throws(() => openNftables(failureWith('Error: Operation not permitted')).listTable('inet', 'selvedge'), { code: 'EPERM' })
})

for (const name of ['', 't; flush ruleset', '-f', 't{', 't\nflush ruleset', '9t', '$x', '@x']) {
  t.test(`${JSON.stringify(name)} is no table name and nothing is run`, async (t) => {
    const commands = fakeCommands()
    t.throws(() => openNftables(commands).listTable('inet', name), TypeError)
    t.strictSame(commands.ran, [])
  })
}
