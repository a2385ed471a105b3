import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import t from 'tap'
import { inNamespace, NotANamespaceError, openNamespace, openOwnNamespace } from '#kernel/namespace.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'

const ROOT = requires('root', 'ip')

/** The namespace the thread is in, e.g. `net:[4026531840]`. */
const here = (): string => readlinkSync('/proc/thread-self/ns/net')
const openFiles = (): number => readdirSync('/proc/self/fd').length

t.test('[ns] a missing file, and a file that is no namespace, are told apart', async (t) => {
  t.throws(() => openNamespace('/run/netns/no-such-namespace'), {
    name: 'KernelError',
    code: 'ENOENT',
    message: 'failed to Statfs "/run/netns/no-such-namespace": no such file or directory',
  })
  t.throws(() => openNamespace('/sys/kernel'), new NotANamespaceError('/sys/kernel', 0x62656572))
  t.throws(() => openNamespace('/sys/kernel'), { message: 'unknown FS magic on "/sys/kernel": 62656572' })
})

t.test('[ns] a namespace stays alive while it is open, whatever becomes of its name', ROOT, async (t) => {
  const made = makeNamespace(t, 'ns')
  made.exec('ip', 'link', 'add', 'br0', 'type', 'bridge')
  const namespace = openNamespace(made.path)
  t.teardown(() => namespace.close())
  made.remove()
  t.throws(() => openNamespace(made.path), { code: 'ENOENT' })
  const rtnetlink = openRtnetlink(namespace)
  t.match(rtnetlink.link('br0'), { kind: 'bridge' })
  rtnetlink.close()
})

t.test('[ns] closing a second time closes nothing of anybody else', ROOT, async (t) => {
  const namespace = openNamespace(makeNamespace(t, 'ns').path)
  namespace.close()
  const other = openSync('/dev/null', 'r')
  namespace.close()
  t.equal(other, namespace.fd, 'the number is in use again')
  t.doesNotThrow(() => closeSync(other))
})

t.test('[ns] an action runs inside, and the thread is home again, also when it throws', ROOT, async (t) => {
  const made = makeNamespace(t, 'ns')
  const namespace = openNamespace(made.path)
  t.teardown(() => namespace.close())
  const [home, files] = [here(), openFiles()]
  const inside = inNamespace(namespace, here)
  t.not(inside, home)
  t.equal(inside, made.exec('readlink', '/proc/self/ns/net'))
  t.equal(here(), home)
  const failing = (): never => {
    throw new RangeError('inside')
  }
  t.throws(() => inNamespace(namespace, failing), new RangeError('inside'))
  t.equal(here(), home)
  t.equal(openFiles(), files)
})

t.test('[ns] actions nest', ROOT, async (t) => {
  const [one, other] = [makeNamespace(t, 'ns'), makeNamespace(t, 'ns')].map(({ path }) => openNamespace(path))
  if (one === undefined || other === undefined) throw new Error('two namespaces were opened')
  t.teardown(() => one.close())
  t.teardown(() => other.close())
  const home = here()
  const seen = inNamespace(one, () => [here(), inNamespace(other, here), here()])
  t.equal(seen[0], seen[2])
  t.equal(new Set([...seen, home]).size, 3)
  t.equal(here(), home)
})

t.test('[ns] an action that would go on outside is refused, and the thread is home', ROOT, async (t) => {
  const namespace = openNamespace(makeNamespace(t, 'ns').path)
  t.teardown(() => namespace.close())
  const home = here()
  t.throws(() => inNamespace(namespace, async () => 1), { name: 'TypeError', message: /synchronous/ })
  t.equal(here(), home)
})

t.test('[ns] a namespace that cannot be entered is an error, and nothing runs', ROOT, async (t) => {
  const home = here()
  const closed = { path: '/run/netns/closed', fd: 4095, close: () => undefined }
  t.throws(() => inNamespace(closed, () => t.fail('must not run')), {
    code: 'EBADF',
    message: /^error switching to ns \/run\/netns\/closed: /,
  })
  t.equal(here(), home)
})

t.test('[ns] the own namespace is the one the thread is in', ROOT, async (t) => {
  const own = openOwnNamespace()
  t.equal(inNamespace(own, here), here())
  own.close()
})
