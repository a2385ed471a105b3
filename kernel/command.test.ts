import t from 'tap'
import { openCommands } from './command.ts'

t.test('a program is found in the system’s folders, whatever PATH says, and runs with an environment of its own', async (t) => {
  const commands = openCommands()
  t.match(commands.find('cat'), /^\/(usr\/)?bin\/cat$/)
  t.strictSame(commands.run('cat', [], 'hello'), { status: 0, stdout: 'hello', stderr: '' })
  // tap adds variables of its own to every process that a test starts.
  const { stdout } = commands.run('sh', ['-c', 'echo $LC_ALL $HOME $PATH'])
  t.equal(stdout, 'C /usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin\n')
})

t.test('parameters reach the program as they are: no shell sees them', async (t) => {
  t.equal(openCommands().run('echo', ['$HOME; ls', '*', 'a b']).stdout, '$HOME; ls * a b\n')
})

t.test('a failing program is an outcome, with what it said', async (t) => {
  t.match(openCommands().run('cat', ['/no/such/file']), { status: 1, stdout: '', stderr: /No such file or directory/ })
})

t.test('a program that is not installed is a CommandError ENOENT, and counts as not started', async (t) => {
  const commands = openCommands()
  t.equal(commands.find('no-such-program'), undefined)
  t.throws(() => commands.run('no-such-program', []), {
    name: 'CommandError',
    code: 'ENOENT',
    message: 'no-such-program is not installed (looked in /usr/sbin, /usr/bin, /sbin, /bin, /usr/local/sbin, /usr/local/bin)',
  })
  t.equal(commands.counters.started, 0)
  commands.run('true', [])
  t.equal(commands.counters.started, 1)
})

t.test('a program that was killed is a CommandError', async (t) => {
  t.throws(() => openCommands().run('sh', ['-c', 'kill -9 $$']), { code: 'EKILLED', message: /sh: killed by SIGKILL$/ })
})
