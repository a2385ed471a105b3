/** The reference's cases of host-local that need a file system, with the real executable, in every version. The others are unit tests. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { openLeaseFolder } from '../../../cni/host-local/lease-folder.ts'
import { withFileLock } from '../../../kernel/file-lock.ts'
import { makeNamespace } from '../../rig/namespace.ts'
import { requires } from '../../rig/requires.ts'
import { buildExecutables, plugin } from '../plugin.ts'

t.before(buildExecutables)

const VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const
const NEEDS = requires('root', 'nsenter')

/** The shape of results: 0.1.0 and 0.2.0, 0.3.0 to 0.4.0, 1.0.0 and later. */
const shapeOf = (version: string): 'old' | 'middle' | 'new' => (version < '0.3.0' ? 'old' : version < '1.0.0' ? 'middle' : 'new')

const host = makeNamespace(t, 'host').name

interface Network {
  readonly folder: string
  call(
    verb: string,
    options?: { ipam?: object; config?: object; id?: string; ifname?: string; name?: string },
  ): ReturnType<ReturnType<typeof plugin>['command']>
  /** Name and content of what is in the folder of the network `name`, but for the lock. */
  files(name?: string): Record<string, string>
}

/** A network whose leases nobody has made yet. */
const makeNetwork = (t: Test, cniVersion: string, ipam: object): Network => {
  const dataDir = t.testdir()
  return {
    folder: `${dataDir}/mynet`,
    call: (verb, { ipam: more = {}, config = {}, id = 'dummy', ifname = 'eth0', name = 'mynet' } = {}) =>
      plugin('host-local').command(verb, {
        host,
        containerId: id,
        ifname,
        netns: '/some/where',
        config: { cniVersion, name, type: 'ipvlan', master: 'foo0', ipam: { type: 'host-local', dataDir, ...ipam, ...more }, ...config },
      }),
    files: (name = 'mynet') => {
      const folder = `${dataDir}/${name}`
      const names = existsSync(folder) ? readdirSync(folder).filter((each) => each !== 'lock') : []
      return Object.fromEntries(names.toSorted().map((each) => [each, readFileSync(`${folder}/${each}`, 'utf8')]))
    },
  }
}

/** The addresses of a result, whatever its version. */
const addressesOf = (result: unknown): unknown[] => {
  const { ip4, ip6, ips = [] } = result as { ip4?: { ip: string }; ip6?: { ip: string }; ips?: { address: string }[] }
  return [ip4?.ip, ip6?.ip, ...ips.map(({ address }) => address)].filter((address) => address !== undefined)
}

/** Runs a case in every version, each a subtest of its own. */
const inEveryVersion = (title: string, action: (t: Test, version: (typeof VERSIONS)[number]) => Promise<void>): void => {
  t.test(title, NEEDS, async (t) => {
    for (const version of VERSIONS) await t.test(version, (t) => action(t, version))
  })
}

const SUBNET = { subnet: '10.1.2.0/24' }
const ROUTES4 = [{ dst: '0.0.0.0/0' }, { dst: '192.168.0.0/16', gw: '1.1.1.1' }]
const ROUTES6 = [{ dst: '::/0' }, { dst: '2001:db8:2::/64', gw: '2001:db8:3::1' }]
const ALL_ROUTES = [ROUTES4[0], ROUTES6[0], ROUTES4[1], ROUTES6[1]]
const DNS = { nameservers: ['192.0.2.3'] }
const [FOUR, SIX] = [
  { address: '10.1.2.2/24', gateway: '10.1.2.1' },
  { address: '2001:db8:1::2/64', gateway: '2001:db8:1::1' },
]

const DUAL_RESULTS = {
  old: {
    ip4: { ip: FOUR.address, gateway: FOUR.gateway, routes: ROUTES4 },
    ip6: { ip: SIX.address, gateway: SIX.gateway, routes: ROUTES6 },
    dns: DNS,
  },
  middle: {
    ips: [
      { version: '4', ...FOUR },
      { version: '6', ...SIX },
    ],
    routes: ALL_ROUTES,
    dns: DNS,
  },
  new: { ips: [FOUR, SIX], routes: ALL_ROUTES, dns: DNS },
}

inEveryVersion('[host-local 1] one address of each set with routes: result, files and cursors are exact, DEL frees', async (t, version) => {
  const ranges = [[SUBNET, { subnet: '10.2.2.0/24' }], [{ subnet: '2001:db8:1::0/64' }]]
  const network = makeNetwork(t, version, { ranges, routes: ALL_ROUTES })
  const resolvConf = `${network.folder}.resolv.conf`
  writeFileSync(resolvConf, 'nameserver 192.0.2.3')
  const { result, stdout } = await network.call('ADD', { ipam: { resolvConf } })
  t.strictSame(result, { cniVersion: version, ...DUAL_RESULTS[shapeOf(version)] }, stdout)
  const cursors = { 'last_reserved_ip.0': '10.1.2.2', 'last_reserved_ip.1': '2001:db8:1::2' }
  t.strictSame(network.files(), { '10.1.2.2': 'dummy\r\neth0', '2001:db8:1::2': 'dummy\r\neth0', ...cursors })
  t.match(await network.call('DEL'), { exitCode: 0, stdout: '' })
  t.strictSame(network.files(), cursors)
})

inEveryVersion('[host-local 2] one container in two networks: DEL frees the lease of its interface only', async (t, version) => {
  const network = makeNetwork(t, version, SUBNET)
  const [one, two] = [
    { name: 'net1', ifname: 'eth0' },
    { name: 'net2', ifname: 'eth1' },
  ]
  for (const call of [one, two]) t.strictSame(addressesOf((await network.call('ADD', call)).result), ['10.1.2.2/24'])
  t.match([network.files('net1'), network.files('net2')], [{ '10.1.2.2': 'dummy\r\neth0' }, { '10.1.2.2': 'dummy\r\neth1' }])
  t.equal((await network.call('DEL', one)).exitCode, 0)
  t.strictSame([network.files('net1')['10.1.2.2'], network.files('net2')['10.1.2.2']], [undefined, 'dummy\r\neth1'])
  t.equal((await network.call('DEL', two)).exitCode, 0)
  t.equal(network.files('net2')['10.1.2.2'], undefined)
})

inEveryVersion('[host-local 3] a second ADD of an attachment is refused, also after another container came', async (t, version) => {
  const network = makeNetwork(t, version, SUBNET)
  const refused = 'failed to allocate for range 0: 10.1.2.2 has been allocated to dummy, duplicate allocation is not allowed'
  t.strictSame(addressesOf((await network.call('ADD')).result), ['10.1.2.2/24'])
  t.match((await network.call('ADD')).result, { code: 999, msg: refused })
  t.strictSame(addressesOf((await network.call('ADD', { id: 'dummy1' })).result), ['10.1.2.3/24'])
  t.match((await network.call('ADD')).result, { code: 999, msg: refused })
  t.equal((await network.call('DEL')).exitCode, 0)
  t.strictSame(network.files(), { '10.1.2.3': 'dummy1\r\neth0', 'last_reserved_ip.0': '10.1.2.3' })
})

inEveryVersion('[host-local 4] DEL frees a lease file that holds a container id only', async (t, version) => {
  const network = makeNetwork(t, version, SUBNET)
  mkdirSync(network.folder)
  writeFileSync(`${network.folder}/10.1.2.2`, 'dummy')
  t.equal((await network.call('DEL')).exitCode, 0)
  t.strictSame(network.files(), {})
})

inEveryVersion('[host-local 5] DEL of an unknown container succeeds', async (t, version) => {
  t.match(await makeNetwork(t, version, SUBNET).call('DEL'), { exitCode: 0, stdout: '' })
})

inEveryVersion('[host-local 6] white space around a container id is not written: such an id is refused', async (t, version) => {
  const network = makeNetwork(t, version, SUBNET)
  t.match((await network.call('ADD', { id: '   dummy\n ' })).result, { code: 4, msg: 'invalid characters in containerID' })
  t.strictSame(network.files(), {})
})

inEveryVersion('[host-local 7] the first ADD says nothing about a missing cursor', async (t, version) => {
  t.match(await makeNetwork(t, version, SUBNET).call('ADD'), { exitCode: 0, stderr: '' })
})

inEveryVersion('[host-local 8] an address asked for in args.cni.ips is given', async (t, version) => {
  const network = makeNetwork(t, version, SUBNET)
  const { result } = await network.call('ADD', { config: { args: { cni: { ips: ['10.1.2.88'] } } } })
  t.strictSame(addressesOf(result), ['10.1.2.88/24'])
})

inEveryVersion('[host-local 9] two addresses of two sets are given; old versions have no room for them', async (t, version) => {
  const network = makeNetwork(t, version, { ranges: [[SUBNET], [{ subnet: '10.1.3.0/24' }]] })
  const { result } = await network.call('ADD', { config: { args: { cni: { ips: ['10.1.2.88', '10.1.3.77'] } } } })
  if (shapeOf(version) === 'old') {
    t.strictSame(result, { code: 999, msg: `CNI version ${version} does not support more than 1 address per family` })
  } else t.strictSame(addressesOf(result), ['10.1.2.88/24', '10.1.3.77/24'])
})

inEveryVersion('[host-local 10] an IPv4 and an IPv6 address, of a set of several ranges', async (t, version) => {
  const network = makeNetwork(t, version, { ranges: [[{ subnet: '172.16.1.0/24' }, SUBNET], [{ subnet: '2001:db8:1::/48' }]] })
  const { result } = await network.call('ADD', { config: { args: { cni: { ips: ['10.1.2.88', '2001:db8:1::999'] } } } })
  t.strictSame(addressesOf(result), ['10.1.2.88/24', '2001:db8:1::999/48'])
})

inEveryVersion('[host-local 11] an address that fits no range is named in the error, and nothing is leased', async (t, version) => {
  const network = makeNetwork(t, version, { ranges: [[SUBNET, { subnet: '10.1.3.0/24' }]] })
  const { result } = await network.call('ADD', { config: { args: { cni: { ips: ['10.1.2.88', '10.1.2.77'] } } } })
  t.match(result, { code: 999, msg: /^failed to allocate all requested IPs: 10\.1\.2\.(77|88)$/ })
  t.strictSame(Object.keys(network.files()), ['last_reserved_ip.0'])
})

/** Whether flock(1) gets the lock on a file at once. */
const isFree = (path: string): boolean => spawnSync('flock', ['--nonblock', path, 'true']).status === 0

t.test('[host-local 15] a lock on a path that is a file is held on that very file', requires('flock'), async (t) => {
  const path = `${t.testdir({ file: 'content' })}/file`
  t.strictSame([withFileLock(path, 0o600, () => isFree(path)), isFree(path)], [false, true])
  t.equal(readFileSync(path, 'utf8'), 'content')
})

t.test('[host-local 16] the lock of a folder is held on the file `lock` in it', requires('flock'), async (t) => {
  const path = t.testdir()
  const folder = openLeaseFolder(path, { withFileLock, bootTime: () => 0 })
  t.strictSame([folder.locked(() => isFree(`${path}/lock`)), isFree(`${path}/lock`)], [false, true])
  t.strictSame(readdirSync(path), ['lock'])
})
