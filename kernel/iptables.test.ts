import t, { type Test } from 'tap'
import { CommandError, type CommandRunner } from './command.ts'
import { openIptables } from './iptables.ts'
import type { NftPresence } from './nftables-presence.ts'
import { fakeCommands } from './testing/fake-commands.ts'

/** Programs whose links lead to a file of this name, answering with `answer`. */
const installed = (folder: string, answer?: Parameters<typeof fakeCommands>[0]) => ({
  ...fakeCommands(answer),
  find: (program: string) => `${folder}/${program}`,
})

const folderOf = (t: Test, file: string): string =>
  t.testdir({ [file]: '', 'iptables-restore': t.fixture('symlink', file), 'ip6tables-restore': t.fixture('symlink', file) })

const missing: CommandRunner = {
  run: (program) => {
    throw new CommandError(`${program} is not installed`, 'ENOENT')
  },
  find: () => undefined,
  counters: { started: 0 },
}

const presence = (fields: Partial<NftPresence> = {}): NftPresence => ({
  available: () => true,
  hasTable: () => true,
  hasChain: ({ chain }) => chain === 'THERE',
  ...fields,
})

const chain = (name: string) => ({ family: 4, table: 'nat', chain: name }) as const

t.test(
  'a restore that is expected has its program started early, where it is of nf_tables; what nobody needed gets no input',
  async (t) => {
    const finished: string[] = []
    const begin = (program: string) => {
      finished.push(`${program} begun`)
      const finish = (input: string) => {
        finished.push(`${program} got ${input.length}`)
        return { status: input === 'bad' ? 2 : 0, stdout: '', stderr: 'no such chain' }
      }
      return { feed: (part: string) => void finished.push(`${program} was fed ${part}`), finish }
    }
    const commands = { ...installed(folderOf(t, 'xtables-nft-multi')), begin }
    const iptables = openIptables(commands, presence())
    iptables.expectRestore(4)
    iptables.expectRestore(4)
    iptables.expectRestore(6)
    t.throws(() => iptables.restore(4, 'bad'), { code: 'EIPTABLES', message: /no such chain$/ })
    iptables.restore(4, 'second')
    iptables.restore(6, `${'x'.repeat(9_000)}\n`.repeat(3))
    iptables.settle()
    iptables.settle()
    t.same(finished, ['iptables-restore begun', 'ip6tables-restore begun', 'iptables-restore got 3', 'ip6tables-restore got 0'])
    t.same(
      commands.ran.map(([program, , input]) => [program, input?.length]),
      [
        ['iptables-restore', 6],
        ['ip6tables-restore', 27_003],
      ],
      'a second script, and one that may not fit into a pipe, are given to a program of their own',
    )
    const legacy = { ...installed(folderOf(t, 'xtables-legacy-multi')), begin: () => t.fail('legacy is not begun') as never }
    openIptables(legacy, presence()).expectRestore(4)
  },
)

t.test('a program that was started early begins with what is announced; a script that begins otherwise is another program’s', async (t) => {
  const inputs: string[] = []
  const begin = () => ({
    feed: (part: string) => void inputs.push(`fed ${part}`),
    finish: (rest: string) => {
      inputs.push(`finished with ${rest}`)
      return { status: 0, stdout: '', stderr: '' }
    },
  })
  const commands = { ...installed(folderOf(t, 'xtables-nft-multi')), begin }
  const iptables = openIptables(commands, presence())
  iptables.announce(4, '*nat\n')
  t.same(inputs, [], 'nothing was started')
  iptables.expectRestore(4)
  iptables.announce(4, '*nat\n-C A\n')
  iptables.announce(4, '*nat\n-C B\n')
  iptables.restore(4, '*nat\n-C A\n-A B\nCOMMIT\n')
  t.same([inputs, commands.ran], [['fed *nat\n-C A\n', 'finished with -A B\nCOMMIT\n'], []])
  iptables.expectRestore(6)
  iptables.announce(6, '*nat\n-C A\n')
  iptables.restore(6, '*nat\n-N A\nCOMMIT\n')
  t.same(
    commands.ran.map(([program, , input]) => [program, input]),
    [['ip6tables-restore', '*nat\n-N A\nCOMMIT\n']],
  )
  t.same(inputs.splice(2), ['fed *nat\n-C A\n'])
  iptables.settle()
  t.same(inputs.splice(2), ['finished with '], 'without COMMIT')
})

t.test('a script is one iptables-restore of its family that keeps what it does not name', async (t) => {
  const commands = fakeCommands()
  const iptables = openIptables(commands, presence())
  iptables.restore(4, '*nat\nCOMMIT\n')
  iptables.restore(6, '*nat\nCOMMIT\n')
  t.strictSame(commands.ran, [
    ['iptables-restore', ['--noflush', '--wait'], '*nat\nCOMMIT\n'],
    ['ip6tables-restore', ['--noflush', '--wait'], '*nat\nCOMMIT\n'],
  ])
})

t.test('a table is what iptables-save of its family prints', async (t) => {
  const commands = fakeCommands(() => ({ stdout: '*nat\nCOMMIT\n' }))
  t.equal(openIptables(commands, presence()).save(6, 'nat'), '*nat\nCOMMIT\n')
  t.strictSame(commands.ran, [['ip6tables-save', ['-t', 'nat']]])
})

t.test('a refusal has the words of the reference’s library, and says when trying again may help', async (t) => {
  const refused = (status: number) =>
    openIptables(
      fakeCommands(() => ({ status, stderr: 'line 3 failed\n' })),
      presence(),
    )
  const message = 'running [/fake/iptables-restore --noflush --wait]: exit status 2: line 3 failed\n'
  t.throws(() => refused(2).restore(4, ''), { name: 'IptablesError', code: 'EIPTABLES', message })
  t.throws(() => refused(4).restore(4, ''), { code: 'EAGAIN' })
})

t.test('a message is bounded, whatever the program repeats', async (t) => {
  const iptables = openIptables(
    fakeCommands(() => ({ status: 2, stderr: 'x'.repeat(1_000_000) })),
    presence(),
  )
  t.throws(() => iptables.restore(4, ''), {
    message: `running [/fake/iptables-restore --noflush --wait]: exit status 2: ${'x'.repeat(2000)}`,
  })
})

t.test('a line that the program would read as two is not given to it', async (t) => {
  const commands = fakeCommands()
  const iptables = openIptables(commands, presence())
  t.throws(() => iptables.restore(4, `*nat\n-A X ${'ä'.repeat(4998)}\nCOMMIT\n`), { name: 'TypeError', message: /^a line of 10001 bytes/ })
  iptables.restore(4, `*nat\n-A X ${'a'.repeat(9995)}\nCOMMIT\n`)
  t.equal(commands.ran.length, 1)
})

t.test('the nf_tables variant is usable, and its chains are known, without a process', async (t) => {
  const commands = installed(folderOf(t, 'xtables-nft-multi'))
  const iptables = openIptables(commands, presence())
  t.equal(iptables.whyUnusable(4), undefined)
  t.equal(iptables.hasChain(chain('THERE')), true)
  t.equal(iptables.hasChain(chain('NOT-THERE')), false)
  t.strictSame(commands.ran, [])
})

t.test('the nf_tables variant on a kernel without nf_tables is tried', async (t) => {
  const commands = installed(folderOf(t, 'xtables-nft-multi'), () => ({ status: 4, stderr: 'no nf_tables' }))
  t.match(openIptables(commands, presence({ available: () => false })).whyUnusable(6), 'exit status 4: no nf_tables')
  t.strictSame(commands.ran, [['ip6tables-save', ['-t', 'nat']]])
})

t.test('of a program of unknown make only a listing tells', async (t) => {
  const commands = installed(folderOf(t, 'iptables-wrapper'))
  const iptables = openIptables(commands, presence())
  t.equal(iptables.hasChain(chain('THERE')), undefined)
  t.strictSame(commands.ran, [])
  t.equal(iptables.whyUnusable(4), undefined)
  t.strictSame(commands.ran, [['iptables-save', ['-t', 'nat']]])
})

t.test('where iptables is not installed, it is unusable, and the kernel’s own chains are known', async (t) => {
  const iptables = openIptables(missing, presence())
  t.equal(iptables.whyUnusable(4), 'iptables-save is not installed')
  t.equal(iptables.hasChain(chain('THERE')), true)
})
