import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { makeNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { requires } from '../rig/requires.ts'
import { buildExecutables, plugin } from './plugin.ts'

t.before(buildExecutables)

interface Leases {
  /** ADD or DEL of a container; `fields` go into `ipam`. */
  call(verb: string, containerId: string, fields?: object, options?: object): ReturnType<ReturnType<typeof plugin>['command']>
  /** Mode and content of each file of the network. */
  files(): Record<string, [mode: string, content: string]>
  readonly folder: string
}

const makeLeases = (owner: Owner & { testdir(): string }, subnets: readonly string[], config: object = {}): Leases => {
  const host = makeNamespace(owner, 'host').name
  const dataDir = owner.testdir()
  const folder = `${dataDir}/net`
  const ranges = subnets.map((subnet) => [{ subnet }])
  return {
    folder,
    call: (verb, containerId, fields = {}, options = {}) =>
      plugin('host-local').command(verb, {
        host,
        containerId,
        netns: '/run/netns/none',
        config: { cniVersion: '1.1.0', name: 'net', ipam: { type: 'host-local', dataDir, ranges, ...fields }, ...config },
        ...options,
      }),
    files: () =>
      Object.fromEntries(
        readdirSync(folder)
          .toSorted()
          .map((name) => [name, [(statSync(`${folder}/${name}`).mode & 0o777).toString(8), readFileSync(`${folder}/${name}`, 'utf8')]]),
      ),
  }
}

t.test('the files are the reference’s own: names, contents and modes', requires('root', 'nsenter'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24', '2001:db8:1::/64'])
  await leases.call('ADD', 'cid1')
  const { result } = await leases.call('ADD', 'cid2')
  t.strictSame(result, {
    cniVersion: '1.1.0',
    ips: [
      { address: '10.1.2.3/24', gateway: '10.1.2.1' },
      { address: '2001:db8:1::3/64', gateway: '2001:db8:1::1' },
    ],
  })
  const cursors = { 'last_reserved_ip.0': ['600', '10.1.2.3'], 'last_reserved_ip.1': ['600', '2001:db8:1::3'], lock: ['750', ''] }
  t.strictSame(leases.files(), {
    '10.1.2.2': ['600', 'cid1\r\neth0'],
    '10.1.2.3': ['600', 'cid2\r\neth0'],
    '2001:db8:1::2': ['600', 'cid1\r\neth0'],
    '2001:db8:1::3': ['600', 'cid2\r\neth0'],
    ...cursors,
  })
  t.equal(statSync(leases.folder).mode & 0o777, 0o755)
  for (const id of ['cid1', 'cid2', 'cid2']) t.match(await leases.call('DEL', id), { exitCode: 0, stdout: '' })
  t.strictSame(leases.files(), cursors)
})

t.test('twenty containers at once: each gets an address of its own, and all are freed', requires('root', 'nsenter'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24', 'fd00::/64'])
  const ids = Array.from({ length: 20 }, (_, index) => `c${index}`)
  const added = await Promise.all(ids.map((id) => leases.call('ADD', id)))
  t.strictSame(
    added.map(({ exitCode }) => exitCode),
    ids.map(() => 0),
  )
  const given = Object.keys(leases.files()).filter((name) => /^[0-9a-f]+[.:]/.test(name))
  t.equal(given.length, 40)
  await Promise.all(ids.map((id) => leases.call('DEL', id)))
  t.strictSame(Object.keys(leases.files()), ['last_reserved_ip.0', 'last_reserved_ip.1', 'lock'])
})

t.test('it waits for whoever holds the lock, as flock(1) does', requires('root', 'nsenter', 'flock'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24'])
  await leases.call('ADD', 'first')
  const { execa } = await import('execa')
  const holder = execa('flock', [`${leases.folder}/lock`, 'sh', '-c', 'echo held; cat'], { stdin: 'pipe', buffer: false })
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  const waiting = leases.call('ADD', 'second')
  const first = await Promise.race([waiting.then(() => 'added'), new Promise((resolve) => setTimeout(() => resolve('still waiting'), 400))])
  t.equal(first, 'still waiting')
  t.notOk(Object.keys(leases.files()).includes('10.1.2.3'))
  holder.stdin.end()
  await holder
  t.equal((await waiting).exitCode, 0)
})

t.test('a lease that cannot be written fails ADD and leaves nothing', requires('root', 'nsenter'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24'])
  mkdirSync(`${leases.folder}/last_reserved_ip.0`, { recursive: true })
  t.match((await leases.call('ADD', 'cid1')).result, {
    code: 999,
    msg: `failed to allocate for range 0: open ${leases.folder}/last_reserved_ip.0: is a directory`,
  })
  t.strictSame(readdirSync(leases.folder).toSorted(), ['last_reserved_ip.0', 'lock'])
})

t.test('an unreadable folder is named in Go’s words', requires('root', 'nsenter'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24'])
  writeFileSync(leases.folder, '')
  t.match((await leases.call('ADD', 'cid1')).result, { code: 999, msg: new RegExp(`^mkdir ${leases.folder}: `) })
  rmSync(leases.folder)
})

/** Runs the executable, the last word, where an empty file system of its own stands in the place of `folder`. */
const onFileSystem = (options: string, folder: string): object => {
  const script = `mount -t tmpfs -o ${options} none ${folder} && cd ${folder} && head -c 8192 /dev/zero >fill; "$0"; code=$?; find . >&2; exit $code`
  return { under: ['unshare', '--mount', 'sh', '-c', script] }
}

t.test('a full file system fails STATUS, and ADD without leaving anything', requires('root', 'nsenter', 'unshare'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24'])
  const dataDir = leases.folder.replace(/\/net$/, '')
  const full = onFileSystem('size=8k', dataDir)
  t.match((await leases.call('STATUS', '', {}, full)).result, { code: 50, msg: `write ${dataDir}: no space left on device` })
  const { result, stderr } = await leases.call('ADD', 'cid1', {}, full)
  t.match(result, { code: 999, msg: `failed to allocate for range 0: write ${leases.folder}/10.1.2.2: no space left on device` })
  t.strictSame(stderr.split('\n').toSorted().slice(1), ['.', './fill', './net', './net/lock'])
})

t.test('a read-only file system fails STATUS with the code that says so', requires('root', 'nsenter', 'unshare'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24'])
  const dataDir = leases.folder.replace(/\/net$/, '')
  t.match((await leases.call('STATUS', '', {}, onFileSystem('ro', dataDir))).result, {
    code: 50,
    msg: `open ${dataDir}: read-only file system`,
  })
  t.match(await leases.call('STATUS', ''), { exitCode: 0, stdout: '' })
})

t.test(
  'a container comes back after a restart of the machine; the reference calls that a duplicate',
  requires('root', 'nsenter'),
  async (t) => {
    const leases = makeLeases(t, ['10.1.2.0/30'])
    await leases.call('ADD', 'cid1')
    t.match((await leases.call('ADD', 'cid1')).result, { code: 999 })
    const beforeBoot =
      Math.min(Date.now() / 1000 - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]), statSync('/proc').ctimeMs / 1000) - 60
    utimesSync(`${leases.folder}/10.1.2.2`, beforeBoot, beforeBoot)
    t.match((await leases.call('ADD', 'cid1')).result, { ips: [{ address: '10.1.2.2/30' }] })
    utimesSync(`${leases.folder}/10.1.2.2`, beforeBoot, beforeBoot)
    const other = await leases.call('ADD', 'cid2')
    t.match(other, { exitCode: 0, stderr: 'reclaimed 10.1.2.2: its lease is of an earlier boot\n' })
    t.strictSame(leases.files()['10.1.2.2'], ['600', 'cid2\r\neth0'])
  },
)

t.test('GC frees what is not valid any more; the reference frees nothing', requires('root', 'nsenter'), async (t) => {
  const leases = makeLeases(t, ['10.1.2.0/24'], { 'cni.dev/valid-attachments': [{ containerID: 'cid2', ifname: 'eth0' }] })
  for (const id of ['cid1', 'cid2', 'cid3']) await leases.call('ADD', id)
  t.match(await leases.call('GC', ''), { exitCode: 0, stdout: '' })
  t.strictSame(Object.keys(leases.files()), ['10.1.2.3', 'last_reserved_ip.0', 'lock'])
})

const removeIndexLater = (owner: Owner, folder: string): void => {
  const { dev, ino } = statSync(folder)
  owner.teardown(() => {
    rmSync(`/run/selvedge/host-local/${dev}-${ino}`)
    // Other people's indexes stay.
    for (const path of ['/run/selvedge/host-local', '/run/selvedge']) if (readdirSync(path).length === 0) rmdirSync(path)
  })
}

t.test(
  'a crowded folder is not read again: what others change in it is seen all the same',
  requires('root', 'nsenter', 'strace'),
  async (t) => {
    const leases = makeLeases(t, ['10.1.0.0/16'])
    await leases.call('ADD', 'first')
    removeIndexLater(t, leases.folder)
    for (let index = 0; index < 1100; index++)
      writeFileSync(`${leases.folder}/10.1.${100 + (index >> 8)}.${index & 255}`, `c${index}\r\neth0`)
    const opened = async (verb: string, id: string): Promise<number> => {
      const { stderr } = await leases.call(verb, id, {}, { under: ['strace', '-f', '-qq', '-e', 'trace=open,openat'] })
      return stderr.split('\n').filter((line) => line.includes('/net/10.1.10')).length
    }
    t.ok((await opened('ADD', 'second')) >= 1000)
    t.equal(await opened('ADD', 'third'), 0)
    t.equal(await opened('DEL', 'second'), 0)
    writeFileSync(`${leases.folder}/10.1.120.1`, 'fourth\r\neth0')
    t.match((await leases.call('ADD', 'fourth')).result, { msg: /10\.1\.120\.1 has been allocated to fourth, duplicate/ })
    t.equal(await opened('ADD', 'fifth'), 0)
  },
)
