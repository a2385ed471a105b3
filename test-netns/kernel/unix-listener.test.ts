/** Who holds an abstract name, as the kernel says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import t from 'tap'
import { openNamespace } from '#kernel/namespace.ts'
import { unixListener } from '#kernel/unix-listener.ts'
import { makeNamespace } from '../rig/namespace.ts'
import { startProcess } from '../rig/process.ts'
import { requires } from '../rig/requires.ts'

const LISTEN = "require('net').createServer().listen('\\0selvedge-listener', () => console.log('listening'))"

t.test('the user that listens at an abstract name is told, in that namespace alone', requires('root', 'ip', 'setpriv'), async (t) => {
  for (const user of [0, 1234]) {
    const host = makeNamespace(t, `user${user}`)
    const namespace = openNamespace(host.path)
    t.teardown(() => namespace.close())
    t.equal(unixListener('\0selvedge-listener', namespace), undefined)
    const command = host.command('setpriv', `--reuid=${user}`, '--regid=0', '--clear-groups', execPath, '-e', LISTEN)
    const holder = await startProcess(t, command, { ready: /listening/ })
    t.equal(unixListener('\0selvedge-listener', namespace), user)
    t.equal(unixListener('\0selvedge-listene', namespace), undefined)
    t.equal(unixListener('\0selvedge-listener'), undefined)
    await holder.stop()
    t.equal(unixListener('\0selvedge-listener', namespace), undefined)
  }
})

t.test('a name in a file is none of these', requires('root'), async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'listener-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  // A name in a file has 107 bytes at most, and a folder of tap's may be longer.
  const path = join(folder, 'socket')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  t.equal(unixListener(`\0${path}`), undefined)
  server.close()
})
