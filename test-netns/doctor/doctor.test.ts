/** `selvedge doctor` on a node that `selvedge install` was run on, with an API server: what it sees, and that it changes nothing. */
import { linkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Finding } from '../../doctor/finding.ts'
import { startApiServer } from '../api-server/start.ts'
import { node as nodeObject } from '../proxy/cluster-objects.ts'
import { makeNamespace } from '../rig/namespace.ts'
import { startProcess } from '../rig/process.ts'
import { requires } from '../rig/requires.ts'

const COMMAND = join(import.meta.dirname, '../../selvedge.ts')
const NODE = '192.0.2.1'
const CONFLIST = '{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"bridge","ipam":{"type":"host-local"}}]}'

t.setTimeout(120_000)

t.test('selvedge doctor', { ...requires('root', 'nft', 'ip', 'openssl'), timeout: 120_000 }, async (t) => {
  const host = makeNamespace(t, 'node')
  host.ip(`address add ${NODE}/32 dev lo`)
  const { client: api, kubeconfig } = await startApiServer(t, { namespace: host.name, address: NODE })
  const files = { built: { bridge: 'x' }, 'subnet.env': 'FLANNEL_SUBNET=10.20.3.1/24\nFLANNEL_MTU=1450\n', '10-a.conflist': CONFLIST }
  const folder = t.testdir(files)
  for (const name of ['host-local', 'loopback', 'portmap']) linkSync(`${folder}/built/bridge`, `${folder}/built/${name}`)
  const places = [
    `--executables=${folder}/built`,
    `--subnet-env=${folder}/subnet.env`,
    `--conf-dir=${folder}/etc`,
    `--bin-dir=${folder}/bin`,
  ]
  const selvedge = (command: string, ...flags: string[]) => host.attempt(process.execPath, COMMAND, command, ...places, ...flags)
  /** Everything but the modules, which this kernel may lack. */
  const findings = (...flags: string[]) => {
    const { exitCode, stdout } = selvedge('doctor', `--kubeconfig=${kubeconfig}`, '--hostname-override=node-a', '-o', 'json', ...flags)
    const found = (JSON.parse(stdout).findings as Finding[]).filter(({ check }) => !check.startsWith('module '))
    return { exitCode, lines: found.map(({ verdict, check }) => `${verdict} ${check}`) }
  }

  await t.test('a node that lacks everything: what is missing, and exit status 1', async (t) => {
    const { exitCode, lines } = findings()
    t.equal(exitCode, 1)
    for (const check of ['conflist', 'executables', 'Node object']) t.ok(lines.includes(`problem ${check}`), check)
    for (const check of ['rights', 'nft', 'other proxies', 'pod networks', 'API server', 'port 20244'])
      t.ok(lines.includes(`ok ${check}`), check)
  })

  await t.test('after install, and with its Node object, all of that is there; nothing was changed', async (t) => {
    const ruleset = () => host.exec('nft', '-j', 'list', 'ruleset')
    const before = [ruleset(), host.exec('sysctl', '-n', 'net.ipv4.ip_forward')]
    t.equal(selvedge('install', `--conflist=${folder}/10-a.conflist`).exitCode, 0)
    await api.create(nodeObject('node-a', NODE))
    const { lines } = findings()
    t.strictSame(
      lines.filter((line) => line.startsWith('problem ')),
      [],
    )
    t.same([ruleset(), host.exec('sysctl', '-n', 'net.ipv4.ip_forward')], before)
  })

  await t.test('a port that somebody has, rights that are missing, a leftover of kube-proxy', async (t) => {
    await startProcess(
      t,
      host.command(process.execPath, '-e', "require('net').createServer().listen(9100, () => console.log('listens'))"),
      {
        ready: /listens/,
      },
    )
    host.execWithInput(
      'table ip nat { chain KUBE-SERVICES { }; chain PREROUTING { type nat hook prerouting priority -100; jump KUBE-SERVICES; }; }',
      'nft',
      '-f',
      '-',
    )
    await api.faults({ answers: [{ status: 403, resource: 'endpointslices' }] })
    const { exitCode, lines } = findings('--metrics-port=9100')
    t.equal(exitCode, 1)
    for (const line of ['problem port 9100', 'problem API server', 'warning other proxies'])
      t.ok(lines.includes(line), `${line}: ${lines.join(', ')}`)
  })

  await t.test('people get a table, and only root may look', async (t) => {
    t.match(selvedge('doctor').stdout, /^ok {7}rights +root, with CAP_NET_ADMIN\n(.*\n)+problems: \d+, warnings: \d+$/)
    t.match(host.attempt('setpriv', '--reuid=65534', process.execPath, COMMAND, 'doctor'), {
      exitCode: 1,
      stderr: 'selvedge doctor: it looks at what only root may read: it must run as root',
    })
  })
})
