import fs, { existsSync, linkSync, readdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { install } from './install.ts'
import type { InstallOptions } from './options.ts'

const SUBNET_ENV = 'FLANNEL_NETWORK=10.20.0.0/16\nFLANNEL_SUBNET=10.20.1.1/24\nFLANNEL_MTU=1450\n'
const CONFLIST = '{"cniVersion":"0.3.0","name":"n","plugins":[{"type":"bridge","ipam":{"type":"host-local"}}]}'
const NODE = '{"kind":"Node","spec":{"podCIDRs":["10.20.9.0/24"]}}'

/** A folder with everything to install from, and options that install into it. */
const setUp = (t: Test, tree: NonNullable<Parameters<Test['testdir']>[0]> & object = {}) => {
  const folder = t.testdir({ built: { bridge: 'x' }, 'subnet.env': SUBNET_ENV, 'a.conflist': CONFLIST, 'node.json': NODE, ...tree })
  for (const name of ['host-local', 'loopback', 'portmap']) linkSync(`${folder}/built/bridge`, `${folder}/built/${name}`)
  const options: InstallOptions = {
    conflist: `${folder}/a.conflist`,
    confDirectory: `${folder}/net.d`,
    confName: undefined,
    binDirectory: `${folder}/bin`,
    executables: undefined,
    subnetEnv: `${folder}/subnet.env`,
    nodeJson: undefined,
    mtu: undefined,
  }
  /** What the executable was when the page cache was to take it anew. */
  const reread: boolean[] = []
  const machine = {
    fs,
    now: 0,
    executables: `${folder}/built`,
    links: `${folder}/links`,
    readInLargePieces: (path: string) => void reread.push(existsSync(path)),
  }
  const bridge = (name = 'a.conflist'): unknown => JSON.parse(readFileSync(`${folder}/net.d/${name}`, 'utf8')).plugins[0]
  return { folder, options, machine, bridge, reread }
}

const expected = (subnet: string, mtu?: number) => ({
  type: 'bridge',
  ipam: { type: 'host-local', ranges: [[{ subnet }]] },
  ...(mtu === undefined ? {} : { mtu }),
  hairpinMode: true,
})

t.test("flannel's network and MTU go into the conflist", async (t) => {
  const { options, machine, bridge } = setUp(t)
  install(machine, options)
  t.strictSame(bridge(), expected('10.20.1.0/24', 1450))
})

t.test('the executable that is there is read anew before it is compared, for after a reboot it may be in small pieces', async (t) => {
  const { options, machine, reread } = setUp(t)
  install(machine, options)
  install(machine, options)
  t.strictSame(reread, [false, true])
})

t.test("the Node's network counts before flannel's, whose MTU is still taken", async (t) => {
  const { folder, options, machine, bridge } = setUp(t)
  install(machine, { ...options, nodeJson: `${folder}/node.json` })
  t.strictSame(bridge(), expected('10.20.9.0/24', 1450))
})

t.test('with a Node flannel is not needed', async (t) => {
  const { folder, options, machine, bridge } = setUp(t)
  const [conflist] = install(machine, { ...options, nodeJson: `${folder}/node.json`, subnetEnv: `${folder}/none` }).slice(-1)
  t.strictSame(bridge(), expected('10.20.9.0/24'))
  t.match(conflist?.warnings, [/a\.conflist names no MTU, and flannel does not tell it .*; give --mtu$/], 'but it knew the MTU')
})

t.test("where flannel's file does not tell the MTU, its links do", async (t) => {
  const links = { eth0: { mtu: '1500\n' }, 'flannel.1': { mtu: '1430\n' } }
  const { folder, options, machine, bridge } = setUp(t, { links, 'subnet.env': 'FLANNEL_SUBNET=10.20.1.1/24\n' })
  t.strictSame(install(machine, options).at(-1)?.warnings, [])
  t.strictSame(bridge(), expected('10.20.1.0/24', 1430))
  install(machine, { ...options, nodeJson: `${folder}/node.json`, subnetEnv: `${folder}/none` })
  t.strictSame(bridge(), expected('10.20.9.0/24', 1430))
})

t.test('an MTU that the conflist has is enough', async (t) => {
  const conflist = CONFLIST.replace('"bridge"', '"bridge","mtu":1400')
  const { options, machine, bridge } = setUp(t, { 'a.conflist': conflist, 'subnet.env': 'FLANNEL_SUBNET=10.20.1.1/24\n' })
  t.strictSame(install(machine, options).at(-1)?.warnings, [])
  t.match(bridge(), { mtu: 1400 })
})

t.test("a given MTU counts before flannel's", async (t) => {
  const { options, machine, bridge } = setUp(t)
  install(machine, { ...options, mtu: 1400 })
  t.strictSame(bridge(), expected('10.20.1.0/24', 1400))
})

t.test('a given name replaces that of the conflist', async (t) => {
  const { folder, options, machine, bridge } = setUp(t)
  install(machine, { ...options, confName: '10-kuberouter.conflist' })
  t.strictSame(readdirSync(`${folder}/net.d`), ['10-kuberouter.conflist'])
  t.strictSame(bridge('10-kuberouter.conflist'), expected('10.20.1.0/24', 1450))
})

t.test('without a conflist only the executables are installed, and flannel is not asked', async (t) => {
  const { folder, options, machine } = setUp(t)
  const installed = install(machine, { ...options, conflist: undefined, subnetEnv: `${folder}/none` })
  t.strictSame(
    installed.map(({ path, outcome }) => `${outcome} ${path}`),
    ['bridge', 'host-local', 'loopback', 'portmap'].map((name) => `written ${folder}/bin/${name}`),
  )
  t.notOk(existsSync(`${folder}/net.d`))
})

t.test('a node that got another network is corrected at the next run', async (t) => {
  const { folder, options, machine, bridge } = setUp(t)
  install(machine, options)
  fs.writeFileSync(`${folder}/subnet.env`, SUBNET_ENV.replace('10.20.1.1', '10.20.2.1'))
  const installed = install(machine, options)
  t.strictSame(
    installed.map(({ outcome }) => outcome),
    ['unchanged', 'unchanged', 'unchanged', 'unchanged', 'written'],
  )
  t.strictSame(bridge(), expected('10.20.2.0/24', 1450))
})

t.test('what is wrong in any file stops everything, and every file is named', async (t) => {
  const { folder, options, machine } = setUp(t, { 'a.conflist': '{"name":"n","plugins":[}', 'subnet.env': 'FLANNEL_SUBNET=x\n' })
  t.throws(() => install({ ...machine, executables: `${folder}/net.d` }, { ...options, nodeJson: folder }), {
    name: 'InstallError',
    message: [
      ...['bridge', 'host-local', 'loopback', 'portmap'].map(
        (name) => `${folder}/net.d: ${name}: no such executable: npm run build makes it, or --executables names the folder that has it`,
      ),
      `${folder}/a.conflist: line 1, column 24: no JSON: expected a value, found "}"`,
      `${folder}/subnet.env: FLANNEL_SUBNET: "x" is not legal: expected an IPv4 address with a prefix length, such as 10.20.0.1/24`,
    ].join('\n'),
  })
  t.strictSame(readdirSync(folder).sort(), ['a.conflist', 'built', 'node.json', 'subnet.env'])
})

t.test('files that are no files, or absurdly large, are refused', async (t) => {
  const { folder, options, machine } = setUp(t, { 'huge.conflist': ' '.repeat((1 << 20) + 1) })
  t.throws(() => install(machine, { ...options, conflist: folder }), { message: `${folder}: not a file` })
  t.throws(() => install(machine, { ...options, conflist: `${folder}/huge.conflist` }), {
    message: `${folder}/huge.conflist: larger than 1048576 bytes`,
  })
  t.throws(() => install(machine, { ...options, subnetEnv: `${folder}/none` }), {
    message: `${folder}/none: cannot be read: no such file or directory (flannel writes it when it has a network for this node; --node-json does without)`,
  })
})

t.test('a folder that cannot be made is told', async (t) => {
  const { folder, options, machine } = setUp(t)
  t.throws(() => install(machine, { ...options, binDirectory: `${folder}/a.conflist/bin` }), {
    name: 'InstallError',
    message: `${folder}/a.conflist/bin: cannot be installed: not a directory`,
  })
})

t.test('configurations that runtimes would take before ours are told, others are not', async (t) => {
  const files = {
    '05-a.conf': '',
    '87-podman.conflist': '',
    '10-z.json': '',
    '00-README': '',
    '.00-b.conflist': '',
    '10-kuberouter.conflist.bak': '',
  }
  const { folder, options, machine } = setUp(t, { 'net.d': files })
  const conflist = install(machine, { ...options, confName: '10-kuberouter.conflist' }).at(-1)
  t.strictSame(conflist, {
    path: `${folder}/net.d/10-kuberouter.conflist`,
    outcome: 'written',
    warnings: [
      `${folder}/net.d/10-kuberouter.conflist is not the first by name, and container runtimes use the first: remove or rename 05-a.conf`,
    ],
  })
})

t.test('a full disk is told with the file that has no place, and leaves nothing', async (t) => {
  const { folder, options, machine } = setUp(t)
  const full = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  t.throws(() => install({ ...machine, fs: { ...fs, writeSync: full } }, options), {
    message: `${folder}/bin/bridge: cannot be installed: no space left on device`,
  })
  t.strictSame(readdirSync(`${folder}/bin`), [])
  t.equal(existsSync(`${folder}/net.d`), false)
})
