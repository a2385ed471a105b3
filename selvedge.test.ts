/** The command as a process; only its shell, and `install`, which needs neither root nor a kernel. */
import { spawnSync } from 'node:child_process'
import { closeSync, linkSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import t from 'tap'

const COMMAND = fileURLToPath(new URL('selvedge.ts', import.meta.url))

const selvedge = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [COMMAND, ...argv], {
    reject: false,
    env: { KUBE_ROUTER_CNI_CONF_FILE: '' },
  })
  return { exitCode, stdout, stderr }
}

t.test('help and version go to standard output and are a success', async (t) => {
  const help = await selvedge('--help')
  t.strictSame([help.exitCode, help.stderr], [0, ''])
  t.match(help.stdout, /^NAME\n {4}selvedge - a node's networking on top of flannel\n/)
  const proxy = await selvedge('proxy', '--nope', '-h')
  t.strictSame([proxy.exitCode, proxy.stderr], [0, ''])
  t.match(proxy.stdout, /^NAME\n {4}selvedge proxy - /)
  const install = await selvedge('install', '--help')
  t.match(install.stdout, /^NAME\n {4}selvedge install - /)
  t.match((await selvedge('status', '--help')).stdout, /^NAME\n {4}selvedge status - /)
  t.strictSame(await selvedge('help'), help)
  t.strictSame((await selvedge('help', 'proxy')).stdout, proxy.stdout)
  t.match(await selvedge('--version'), { exitCode: 0, stdout: /^selvedge \d+\.\d+\.\d+$/, stderr: '' })
  t.match(await selvedge('proxy', '-V'), { exitCode: 0, stdout: /^selvedge \d+\.\d+\.\d+$/, stderr: '' })
})

t.test('what cannot be printed is a failure; a reader that has had enough is none', async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const lost = spawnSync(process.execPath, [COMMAND, 'proxy', '--help'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
  t.match(lost, { status: 1, stderr: 'selvedge: standard output: no space left on device\n' })
  const unread = execa(process.execPath, [COMMAND, 'proxy', '--help'], { reject: false, buffer: false })
  unread.stdout.destroy()
  t.equal((await unread).exitCode, 0)
})

t.test('a line that makes no sense has exit status 2 and says what is expected', async (t) => {
  t.strictSame(await selvedge(), {
    exitCode: 2,
    stdout: '',
    stderr: 'selvedge: a command is missing: expected one of proxy, install, doctor, status, cleanup\nSee selvedge --help.',
  })
  t.strictSame(await selvedge('constructor'), {
    exitCode: 2,
    stdout: '',
    stderr: 'selvedge: there is no command "constructor": expected one of proxy, install, doctor, status, cleanup\nSee selvedge --help.',
  })
  t.strictSame(await selvedge('proxy', '--run-router=true', '--nope'), {
    exitCode: 2,
    stdout: '',
    stderr:
      'selvedge proxy: unknown flag --nope\n' +
      'selvedge proxy: --run-router=true is refused: Selvedge has no router, the network between nodes is flannel; say --run-router=false or leave it out\n' +
      'See selvedge proxy --help.',
  })
  t.strictSame(await selvedge('status', '-o', 'yaml', '--name=A'), {
    exitCode: 2,
    stdout: '',
    stderr:
      'selvedge status: --name=A is not legal: expected a name: lower case letters, digits and "-"\n' +
      'selvedge status: --output=yaml is not legal: expected text, wide, json\n' +
      'See selvedge status --help.',
  })
  t.strictSame(await selvedge('install', '--mtu=1'), {
    exitCode: 2,
    stdout: '',
    stderr: 'selvedge install: --mtu=1 is not legal: expected 0, or a whole number from 68 to 65535\nSee selvedge install --help.',
  })
})

t.test('why a proxy could not start is JSON where its log is', async (t) => {
  const records = (stderr: string) => stderr.split('\n').map((line) => JSON.parse(line))
  const usage = await selvedge('proxy', '--log-format=json', '--nope', '--v=high')
  t.equal(usage.exitCode, 2)
  t.match(records(usage.stderr), [
    { level: 'error', message: 'unknown flag --nope' },
    { level: 'error', message: /^--v=high is not legal/ },
  ])
  // For anybody but root another one.
  const failure = await selvedge('proxy', '--log-format', 'json', '--kubeconfig=/nowhere')
  t.equal(failure.exitCode, 1)
  t.match(records(failure.stderr), [{ level: 'error', message: /\/nowhere|must run as root|CAP_NET_ADMIN/ }])
  t.match(await selvedge('proxy', '--nope', '--log-format=text'), { stderr: /^selvedge proxy: unknown flag --nope\n/ })
})

const FILES = {
  'subnet.env': 'FLANNEL_NETWORK=10.20.0.0/16\nFLANNEL_SUBNET=10.20.1.1/24\nFLANNEL_MTU=1450\n',
  '10-a.conflist': '{"cniVersion":"0.3.0","name":"n","plugins":[{"type":"bridge","ipam":{"type":"host-local"}}]}',
  built: { bridge: 'the program' },
}

t.test('install puts everything in place, and does nothing the second time', async (t) => {
  const folder = t.testdir(FILES)
  for (const name of ['host-local', 'loopback', 'portmap']) linkSync(`${folder}/built/bridge`, `${folder}/built/${name}`)
  const argv = [
    'install',
    `--conflist=${folder}/10-a.conflist`,
    `--subnet-env=${folder}/subnet.env`,
    `--executables=${folder}/built`,
    `--bin-dir=${folder}/opt/bin`,
    `--conf-dir=${folder}/etc/net.d`,
  ]
  const paths = [...['bridge', 'host-local', 'loopback', 'portmap'].map((name) => `opt/bin/${name}`), 'etc/net.d/10-a.conflist']
  t.strictSame(await selvedge(...argv), { exitCode: 0, stdout: paths.map((path) => `written ${folder}/${path}`).join('\n'), stderr: '' })
  t.strictSame(await selvedge(...argv), { exitCode: 0, stdout: paths.map((path) => `unchanged ${folder}/${path}`).join('\n'), stderr: '' })
  t.strictSame(JSON.parse(readFileSync(`${folder}/etc/net.d/10-a.conflist`, 'utf8')), {
    cniVersion: '0.3.0',
    name: 'n',
    plugins: [{ type: 'bridge', ipam: { type: 'host-local', ranges: [[{ subnet: '10.20.1.0/24' }]] }, mtu: 1450, hairpinMode: true }],
  })
  t.equal(statSync(`${folder}/opt/bin/bridge`).nlink, 4)
  t.strictSame(readdirSync(`${folder}/opt/bin`).sort(), ['bridge', 'host-local', 'loopback', 'portmap'])
})

t.test('install tells every fault of every file, has exit status 1, and writes nothing', async (t) => {
  const folder = t.testdir({
    ...FILES,
    'subnet.env': 'FLANNEL_MTU=1450\n',
    '10-a.conflist': '{"name":"n","plugins":[{"type":"bridge","mtu":"x"}]}',
  })
  const result = await selvedge(
    'install',
    `--conflist=${folder}/10-a.conflist`,
    `--subnet-env=${folder}/subnet.env`,
    `--executables=${folder}/built`,
    `--bin-dir=${folder}/opt`,
    `--conf-dir=${folder}/etc`,
  )
  const missing = 'no such executable: npm run build makes it, or --executables names the folder that has it'
  t.strictSame([result.exitCode, result.stdout], [1, ''])
  t.strictSame(result.stderr.split('\n'), [
    `selvedge install: ${folder}/built: host-local: ${missing}`,
    `selvedge install: ${folder}/built: loopback: ${missing}`,
    `selvedge install: ${folder}/built: portmap: ${missing}`,
    `selvedge install: ${folder}/10-a.conflist: plugins[0].mtu: "x" is not legal: expected a whole number from 0 to 65535`,
    `selvedge install: ${folder}/subnet.env: FLANNEL_SUBNET: missing: expected an address with a prefix length, such as 10.20.0.1/24`,
  ])
  t.strictSame(readdirSync(folder).sort(), ['10-a.conflist', 'built', 'subnet.env'])
})
