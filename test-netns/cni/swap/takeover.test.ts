/** The suites change while pods come and go: addresses, host ports and rules of both live side by side. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer } from '../../rig/owner.ts'
import { requires } from '../../rig/requires.ts'
import { BIN, buildExecutables, type PluginOutcome, plugin } from '../plugin.ts'
import { natRules, SHARED_RULES } from '../portmap-scene.ts'
import { GO_BIN } from './trial.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'iptables', `${GO_BIN}/bridge`)

interface Pod {
  readonly namespace: NetNamespace
  readonly hostPort: number
}

interface Call {
  /** The folder of the executables. */
  readonly path: string
  readonly verb: 'ADD' | 'DEL'
  readonly pod: Pod
}

type ChainPart = { readonly type: string } & Readonly<Record<string, unknown>>

/** Calls the chain of bridge, host-local and portmap on one host, by the executables of any folder. */
const makeNode = (t: Test) => {
  const folder = mkdtempSync(join(tmpdir(), 'takeover-'))
  defer(t, () => rmSync(folder, { recursive: true }))
  const host = makeNamespace(t, 'takeover-host')
  const call = ({ path, verb, pod }: Call, config: ChainPart): Promise<PluginOutcome> =>
    plugin(config.type, path).command(verb, {
      host: host.name,
      netns: pod.namespace.path,
      containerId: pod.namespace.name,
      path,
      config: { cniVersion: '1.0.0', name: 'mynet', ...config },
    })
  const bridge = {
    type: 'bridge',
    bridge: 'br0',
    isDefaultGateway: true,
    ipam: { type: 'host-local', dataDir: folder, ranges: [[{ subnet: '10.40.0.0/24' }], [{ subnet: 'fd00:40::/64' }]] },
  }
  const portmap = ({ hostPort }: Pod): ChainPart => ({
    type: 'portmap',
    runtimeConfig: { portMappings: [{ hostPort, containerPort: 80, protocol: 'tcp' }] },
  })
  /** Returns the pod's addresses. */
  const add = async (path: string, pod: Pod): Promise<string[]> => {
    const first = await call({ path, verb: 'ADD', pod }, bridge)
    const second = await call({ path, verb: 'ADD', pod }, { ...portmap(pod), prevResult: first.result })
    t.match([first, second], [{ exitCode: 0 }, { exitCode: 0 }], 'ADD')
    return (second.result as { ips: { address: string }[] }).ips.map(({ address }) => address)
  }
  const del = async (path: string, pod: Pod): Promise<void> => {
    for (const config of [portmap(pod), bridge]) t.match(await call({ path, verb: 'DEL', pod }, config), { exitCode: 0 }, 'DEL')
  }
  return { host, add, del }
}

const makePod = (t: Test, hostPort: number): Pod => ({ namespace: makeNamespace(t, 'takeover-pod'), hostPort })

t.test('addresses go on where the other suite stopped, and each suite removes what both made', NEEDS, async (t) => {
  const node = makeNode(t)
  const pods = [8001, 8002, 8003, 8004].map((port) => makePod(t, port))
  const [one, two, three, four] = pods as [Pod, Pod, Pod, Pod]
  t.same(await node.add(GO_BIN, one), ['10.40.0.2/24', 'fd00:40::2/64'])
  t.same(await node.add(BIN, two), ['10.40.0.3/24', 'fd00:40::3/64'])
  await node.del(BIN, one)
  t.same(await node.add(GO_BIN, three), ['10.40.0.4/24', 'fd00:40::4/64'], 'the freed address is not given at once')
  await node.del(GO_BIN, two)
  t.same(await node.add(BIN, four), ['10.40.0.5/24', 'fd00:40::5/64'])
  const mapped = natRules(node.host, 4).flatMap(
    (rule) => /--dport (\d+) -j DNAT --to-destination (\S+)$/.exec(rule)?.slice(1).join(' -> ') ?? [],
  )
  t.same(mapped.toSorted(), ['8003 -> 10.40.0.4:80', '8004 -> 10.40.0.5:80'])
  await node.del(GO_BIN, four)
  await node.del(BIN, three)
  for (const family of [4, 6] as const)
    t.same(
      natRules(node.host, family).filter((rule) => !SHARED_RULES.includes(rule)),
      [],
      'no rules are left',
    )
})

t.test('the executables of both suites mix in one folder', NEEDS, async (t) => {
  for (const [mine, others] of [
    ['bridge', ['host-local', 'portmap']],
    ['host-local', ['bridge', 'portmap']],
    ['portmap', ['bridge', 'host-local']],
  ] as const) {
    const node = makeNode(t)
    const path = mkdtempSync(join(tmpdir(), 'mixed-'))
    defer(t, () => rmSync(path, { recursive: true }))
    copyFileSync(`${BIN}/bridge`, `${path}/${mine}`)
    for (const other of others) copyFileSync(`${GO_BIN}/${other}`, `${path}/${other}`)
    const pod = makePod(t, 8001)
    t.same(await node.add(path, pod), ['10.40.0.2/24', 'fd00:40::2/64'], `only ${mine} is ours`)
    await node.del(path, pod)
    t.same(
      natRules(node.host, 4).filter((rule) => !SHARED_RULES.includes(rule)),
      [],
      'no rules are left',
    )
  }
})
