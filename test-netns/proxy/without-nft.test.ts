/** A node whose nft is missing, or fails: the proxy says so, takes nothing away, and goes on when it is back. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CommandError, type CommandRunner, openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { endpointText, serverText } from '#kernel/ipvs/server-id.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openNftShapes } from '#kernel/nftables-shape.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { createDataPlane } from '../../proxy/dataplane/plane.ts'
import type { DataPlane } from '../../proxy/services/data-plane.ts'
import { service, slice } from '../../proxy/services/testing/builders.ts'
import { createFakeDataPlane } from '../../proxy/services/testing/fake-data-plane.ts'
import { createHarness } from '../../proxy/services/testing/harness.ts'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { CONFIG } from './dataplane/host.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { simulateIpvs } from './simulated-ipvs.ts'

const COMMAND = join(import.meta.dirname, '../../selvedge.ts')
const VIP = '10.96.0.10'

const KUBECONFIG = `
apiVersion: v1
kind: Config
current-context: it
contexts: [{ name: it, context: { cluster: it, user: it } }]
clusters: [{ name: it, cluster: { server: 'https://192.0.2.1:6443' } }]
users: [{ name: it, user: { token: secret } }]
`

t.test('without nft a proxy does not start, says why in one line, and writes nothing', requires('root', 'nft', 'unshare'), (t) => {
  const node = makeNamespace(t, 'node')
  const kubeconfig = join(t.testdir(), 'kubeconfig')
  writeFileSync(kubeconfig, KUBECONFIG)
  const nft = node.exec('sh', '-c', 'command -v nft').trim()
  const hidden = `mount --bind /dev/null ${nft} && exec "$@"`
  const proxy = [process.execPath, COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, '--log-format=text']
  const { exitCode, stdout, stderr } = node.attempt('unshare', '--mount', 'sh', '-c', hidden, 'sh', ...proxy)
  t.equal(exitCode, 1)
  t.equal(stdout, '')
  t.match(stderr, /nft is not installed: Services need the package nftables/)
  t.equal(stderr.trim().split('\n').length, 1, stderr)
  t.equal(node.exec('nft', 'list', 'ruleset'), '')
  t.end()
})

t.test('while nft fails nothing is taken away; the proxy is not ready, tries at a pace, and goes on', requires('root', 'nft'), (t) => {
  const host = enterNewNamespace(t, 'node')
  // In place of a dummy link, which not every kernel has.
  host.ip(
    'link add kube-dummy-if type bridge',
    'address add 192.0.2.1/32 dev lo',
    `route add local ${VIP} dev kube-dummy-if table local proto 83`,
  )
  const [ipvs, rtnetlink, elements, commands] = [simulateIpvs(), openRtnetlink(), openElementWriter(), openCommands()]
  t.teardown(() => {
    for (const open of [rtnetlink, elements]) open.close()
  })
  // What a proxy before left, in part of Services that are gone: nobody may decide that now.
  const left = { protocol: 'tcp', address: VIP, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 } as const
  for (const port of [80, 81]) {
    ipvs.apply([
      { verb: 'addServer', server: { ...left, port } },
      { verb: 'addDestination', server: { ...left, port }, destination: { address: '10.20.0.9', port: 8080, weight: 1 } },
    ])
  }
  const before = ipvs.observe()
  let [nft, tries]: [(() => never) | undefined, number] = [undefined, 0]
  const runner: CommandRunner = {
    ...commands,
    run: (...words) => {
      tries += 1
      return nft === undefined ? commands.run(...words) : nft()
    },
  }
  const edges = { nftables: openNftables(runner), shapes: openNftShapes(), elements, ipvs, rtnetlink, conntrack: openConntrack() }
  const sysctls = { read: () => '', write: () => {}, ensure: () => false }
  const dataPlane = createDataPlane({ ...edges, sysctls, observeIpvs: ipvs.observe }, () => CONFIG)
  nft = () => {
    throw new CommandError('nft is not installed (looked in /usr/sbin)', 'ENOENT')
  }
  const { controller, time, send } = createHarness({ plane: { ...createFakeDataPlane(), ...inOneStep(dataPlane) } })
  send(service('a/b', { clusterIps: [VIP] }), slice('a/b', ['10.20.1.5']))
  time.advance(600_000)
  t.match(controller.status(), { ready: false, auditFailure: { message: 'nft is not installed (looked in /usr/sbin)' } })
  t.same(ipvs.observe(), before)
  t.equal(host.exec('ip', '-brief', 'route', 'show', 'table', 'local', 'proto', '83').includes(VIP), true)
  // The harness audits every five seconds.
  t.ok(tries > 20 && tries < 250, `${tries} tries in ten minutes`)
  nft = undefined
  time.advance(60_000)
  t.match(controller.status(), { ready: true, auditFailure: undefined, pendingSince: undefined })
  t.match(host.exec('nft', 'list', 'set', 'inet', 'selvedge', 'vip4'), `${VIP} . tcp . 80`)
  const served = ipvs.observe().map(({ server, destinations }) => [serverText(server), ...destinations.map(endpointText)])
  t.same(served, [[`tcp ${VIP}:80`, '10.20.1.5:8080']])
  t.end()
})

/** Nothing waits for a real clock. */
const inOneStep = ({ changeElements, changeIpvs, changeRoutes, countConnections, forgetFlows, ensureBase, observe }: DataPlane) => ({
  ...{ changeElements, changeIpvs, changeRoutes, countConnections, forgetFlows, ensureBase, observe },
})
