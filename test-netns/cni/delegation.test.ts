/** IPAM in this process and as another one: same results, same files. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { makeNamespace } from '../rig/namespace.ts'
import { defer, type Owner } from '../rig/owner.ts'
import { requires } from '../rig/requires.ts'
import { BIN, buildExecutables, plugin } from './plugin.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'nsenter')

const makeFolder = (owner: Owner): string => {
  const folder = mkdtempSync(join(tmpdir(), 'delegation-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  return folder
}

/** A CNI_PATH whose host-local is another file than the bridge executable that calls it. */
const foreignPath = (owner: Owner): string => {
  const folder = makeFolder(owner)
  copyFileSync(`${BIN}/host-local`, `${folder}/host-local`)
  return folder
}

interface Trial {
  readonly path: string
  readonly dataDir: string
  readonly ipam?: object
  readonly cniVersion?: string
}

/** ADD, a second ADD that fails, and DEL, on a fresh node. What is random in them is replaced. */
const trial = async (owner: Owner, { path, dataDir, ipam = {}, cniVersion = '1.0.0' }: Trial): Promise<unknown> => {
  const host = makeNamespace(owner, 'host')
  const pod = makeNamespace(owner, 'pod')
  const steps: unknown[] = []
  for (const verb of ['ADD', 'ADD', 'DEL', 'DEL']) {
    const { exitCode, stdout, stderr } = await plugin('bridge').command(verb, {
      host: host.name,
      netns: pod.path,
      path,
      config: {
        cniVersion,
        name: 'net',
        bridge: 'br0',
        isDefaultGateway: true,
        ipam: { type: 'host-local', dataDir, ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: 'fd00:1::/64' }]], ...ipam },
      },
    })
    steps.push([
      verb,
      exitCode,
      anonymous(stdout, [
        [pod.path, 'POD'],
        [dataDir, 'DIR'],
        [path, 'PATH'],
      ]),
      stderr,
      filesOf(`${dataDir}/net`),
    ])
  }
  return steps
}

const anonymous = (text: string, names: readonly (readonly [string, string])[]): string =>
  names
    .reduce((result, [from, to]) => result.replaceAll(from, to), text)
    .replaceAll(/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC')
    .replaceAll(/\bveth[0-9a-f]{8}\b/g, 'vethX')

const filesOf = (folder: string): unknown => {
  try {
    return readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')])
  } catch {
    return 'no folder'
  }
}

t.test('success, failure and release are the same either way, in every form of result', NEEDS, async (t) => {
  for (const cniVersion of ['0.2.0', '0.4.0', '1.1.0']) {
    const own = await trial(t, { path: BIN, dataDir: makeFolder(t), cniVersion })
    const foreign = await trial(t, { path: foreignPath(t), dataDir: makeFolder(t), cniVersion })
    t.strictSame(own, foreign, cniVersion)
    t.match(own, [
      ['ADD', 0, /10\.1\.2\.2\/24/],
      ['ADD', 1],
      ['DEL', 0, ''],
      ['DEL', 0, ''],
    ])
  }
})

t.test('an IPAM failure is printed the same either way', NEEDS, async (t) => {
  for (const ipam of [{ ranges: [[]] }, { routes: [{ dst: 'x' }] }]) {
    const own = await trial(t, { path: BIN, dataDir: makeFolder(t), ipam })
    t.strictSame(own, await trial(t, { path: foreignPath(t), dataDir: makeFolder(t), ipam }), JSON.stringify(ipam))
    t.match(own, [['ADD', 1, /"code": 999/]])
  }
})

t.test('STATUS asks IPAM either way, and prints its code for an exhausted range; the reference’s IPAM never says so', NEEDS, async (t) => {
  const host = makeNamespace(t, 'host')
  for (const path of [BIN, foreignPath(t)]) {
    const ipam = { type: 'host-local', dataDir: makeFolder(t), subnet: '10.1.2.0/30' }
    const call = { host: host.name, path, config: { cniVersion: '1.1.0', name: 'net', bridge: 'br0', ipam } }
    t.match(await plugin('bridge').command('STATUS', call), { exitCode: 0, stdout: '' })
    const attachment = { ...call, netns: makeNamespace(t, 'pod').path }
    t.equal((await plugin('bridge').add(attachment)).exitCode, 0)
    t.strictSame((await plugin('bridge').command('STATUS', call)).result, {
      code: 50,
      msg: 'no IP addresses available in range set: 10.1.2.1-10.1.2.2',
    })
    t.equal((await plugin('bridge').del(attachment)).exitCode, 0)
    t.equal((await plugin('bridge').command('STATUS', call)).exitCode, 0)
  }
})

t.test('CHECK and GC ask IPAM either way: a freed lease fails the one, the other frees what is not valid', NEEDS, async (t) => {
  const host = makeNamespace(t, 'host')
  for (const path of [BIN, foreignPath(t)]) {
    const dataDir = makeFolder(t)
    const config = { cniVersion: '1.1.0', name: 'net', bridge: 'br0', ipam: { type: 'host-local', dataDir, subnet: '10.1.2.0/24' } }
    const call = { host: host.name, path, config, netns: makeNamespace(t, 'pod').path }
    const { result: prevResult } = await plugin('bridge').add(call)
    const gc = (...valid: string[]) => {
      const attachments = valid.map((containerID) => ({ containerID, ifname: 'eth0' }))
      return plugin('bridge').command('GC', { ...call, config: { ...config, 'cni.dev/valid-attachments': attachments } })
    }
    const check = () => plugin('bridge').check({ ...call, config: { ...config, prevResult } })
    t.match(await gc('cid1'), { exitCode: 0, stdout: '' })
    t.match(await check(), { exitCode: 0, stdout: '' })
    t.match(await gc('cid2'), { exitCode: 0, stdout: '' })
    t.match((await check()).result, { code: 999, msg: 'host-local: Failed to find address added by container cid1' })
    t.equal((await plugin('bridge').del(call)).exitCode, 0)
  }
})

/** A bridge ADD whose CNI_PATH, the folder `path`, is mounted so that nothing in it can be executed. */
const addWithoutExecuting = async (owner: Owner, path: string): Promise<unknown> => {
  const host = makeNamespace(owner, 'host')
  const pod = makeNamespace(owner, 'pod')
  const mounted = makeFolder(owner)
  const script = 'mount --bind "$1" "$2" && mount -o remount,bind,noexec "$2" && exec "$3"'
  const ipam = { type: 'host-local', dataDir: makeFolder(owner), subnet: '10.1.2.0/24' }
  const { stdout } = await execa(
    'nsenter',
    [`--net=${host.path}`, 'unshare', '--mount', 'sh', '-c', script, 'sh', path, mounted, `${BIN}/bridge`],
    {
      env: { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c', CNI_NETNS: pod.path, CNI_IFNAME: 'eth0', CNI_PATH: mounted },
      input: JSON.stringify({ cniVersion: '1.0.0', name: 'net', bridge: 'br0', ipam }),
      reject: false,
    },
  )
  return JSON.parse(stdout.replaceAll(mounted, 'PATH'))
}

t.test('our own host-local is not executed, a foreign one is', requires('root', 'nsenter', 'unshare'), async (t) => {
  t.match(await addWithoutExecuting(t, BIN), { ips: [{ address: '10.1.2.2/24' }] })
  t.strictSame(await addWithoutExecuting(t, foreignPath(t)), {
    code: 0,
    msg: 'netplugin failed with no error message: fork/exec PATH/host-local: permission denied',
  })
})

t.test('an executable that is still being written is tried again', requires('root', 'nsenter'), async (t) => {
  const host = makeNamespace(t, 'host')
  const pod = makeNamespace(t, 'pod')
  const path = foreignPath(t)
  const { open } = await import('node:fs/promises')
  const writer = await open(`${path}/host-local`, 'r+')
  const started = Date.now()
  const adding = plugin('bridge').add({
    host: host.name,
    netns: pod.path,
    path,
    config: {
      cniVersion: '1.0.0',
      name: 'net',
      bridge: 'br0',
      ipam: { type: 'host-local', dataDir: makeFolder(t), subnet: '10.1.2.0/24' },
    },
  })
  setTimeout(() => void writer.close(), 1500)
  const { exitCode, stdout } = await adding
  t.equal(exitCode, 0, stdout)
  t.ok(Date.now() - started >= 1500)
})
