import t from 'tap'
import { CommandError } from './command.ts'
import { loadModule } from './modules.ts'
import { fakeCommands } from './testing/fake-commands.ts'

t.test('a module is loaded by one modprobe', async (t) => {
  const commands = fakeCommands()
  t.equal(loadModule('ip_vs', commands), undefined)
  t.strictSame(commands.ran, [['modprobe', ['ip_vs']]])
})

const FAILURES = [
  {
    stderr: 'modprobe: WARNING: something\nmodprobe: FATAL: Module ip_vs not found in directory /lib/modules/6.1.0\n',
    reason: 'modprobe ip_vs: Module ip_vs not found in directory /lib/modules/6.1.0',
  },
  {
    stderr: "modprobe: ERROR: could not insert 'ip_vs': Operation not permitted\n",
    reason: "modprobe ip_vs: ERROR: could not insert 'ip_vs': Operation not permitted",
  },
  { stderr: '', reason: 'modprobe ip_vs: exit status 3' },
]

for (const { stderr, reason } of FAILURES) {
  t.test(`why a module was not loaded is told in one line: ${reason}`, async (t) => {
    t.equal(
      loadModule(
        'ip_vs',
        fakeCommands(() => ({ status: 3, stderr })),
      ),
      reason,
    )
  })
}

t.test('a missing modprobe is the reason, not a crash', async (t) => {
  const commands = fakeCommands(() => {
    throw new CommandError('modprobe is not installed', 'ENOENT')
  })
  t.equal(loadModule('ip_vs', commands), 'modprobe ip_vs: modprobe is not installed')
})

for (const name of ['', '-r', '--config=/evil', 'ip_vs x', '../x', 'ip_vs\n']) {
  t.test(`${JSON.stringify(name)} is no module name and nothing is run`, async (t) => {
    const commands = fakeCommands()
    t.throws(() => loadModule(name, commands), TypeError)
    t.strictSame(commands.ran, [])
  })
}
