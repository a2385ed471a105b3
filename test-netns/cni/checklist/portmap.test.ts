/** The reference's portmap cases that need a kernel. Those on config and rules need none: they stand beside the code, in cni/portmap. */
import t, { type Test } from 'tap'
import { ask, askUdp } from '../../rig/ask.ts'
import { startEcho } from '../../rig/echo.ts'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { requires } from '../../rig/requires.ts'
import { forward } from '../../rig/underlay.ts'
import { iptablesSave } from '../../rig/witness-netfilter.ts'
import { BIN, buildExecutables, type PluginCall, plugin } from '../plugin.ts'
import { makePortmapScene, natRules, SHARED_RULES } from '../portmap-scene.ts'

t.before(buildExecutables)

const ready = requires('root', 'iptables', 'curl', 'conntrack')

t.test('chains', ready, async (t) => {
  const scene = makePortmapScene(t)
  const { host } = scene
  const pods = Array.from({ length: 10 }, (_, index) => scene.makePod(index + 2, [4]))
  const [pod = scene.makePod(99)] = pods
  host.exec('iptables', '-t', 'nat', '-N', 'CANARY')
  host.exec('iptables', '-t', 'nat', '-A', 'CANARY', '-s', '203.0.113.9', '-j', 'RETURN')
  const left = [':CANARY -', ...SHARED_RULES, '-A CANARY -s 203.0.113.9/32 -j RETURN'].toSorted()
  const rules = (): string[] => natRules(host, 4).toSorted()

  await t.test('[portmap 21] an attachment’s chain is made and removed; another’s chain is untouched', async (t) => {
    t.match(await scene.add(pod), { exitCode: 0 })
    t.equal(rules().filter((rule) => rule.startsWith(':CNI-DN-')).length, 1)
    t.match(await scene.del(pod), { exitCode: 0 })
    t.strictSame(rules(), left)
  })

  await t.test('[portmap 22] making it twice is as making it once', async (t) => {
    await scene.add(pod)
    const once = rules()
    t.match(await scene.add(pod), { exitCode: 0 })
    t.strictSame(rules(), once)
  })

  await t.test('[portmap 23] removing it twice is as removing it once', async (t) => {
    t.match(await scene.del(pod), { exitCode: 0 })
    t.match(await scene.del(pod), { exitCode: 0 })
    t.strictSame(rules(), left)
  })

  await t.test('[portmap 24] ten removals at the same time all succeed, of ten attachments and of one', async (t) => {
    for (const each of pods) await scene.add(each)
    const failures = async (calls: readonly Promise<{ exitCode: number | undefined }>[]): Promise<unknown[]> =>
      (await Promise.all(calls)).filter(({ exitCode }) => exitCode !== 0)
    t.strictSame(await failures(pods.map((each) => scene.del(each))), [])
    t.strictSame(rules(), left)
    await scene.add(pod)
    t.strictSame(await failures(pods.map(() => scene.del(pod))), [])
    t.strictSame(rules(), left)
  })
})

interface Chain {
  readonly host: NetNamespace
  readonly pod: NetNamespace
  readonly address: string
  add(): Promise<void>
  del(): Promise<void>
}

/** Bridge, host-local and portmap on a pod, as a runtime calls them. The reference's own test has ptp in the place of bridge, which is not of this suite. */
const makeChain = (t: Test, host: NetNamespace, number: number, portMappings: readonly object[]): Chain => {
  const pod = makeNamespace(t, 'pod')
  const ipam = {
    type: 'host-local',
    dataDir: t.testdir(),
    subnet: '10.88.0.0/24',
    rangeStart: `10.88.0.${number}`,
    rangeEnd: `10.88.0.${number}`,
  }
  const common = { cniVersion: '1.0.0', name: 'chained' }
  const bridge = { ...common, type: 'bridge', bridge: 'br0', isDefaultGateway: true, hairpinMode: true, ipam }
  const call = (config: object): PluginCall => ({ host: host.name, netns: pod.path, containerId: pod.name, path: BIN, config })
  let prevResult: unknown
  const portmap = (): PluginCall => call({ ...common, type: 'portmap', prevResult, runtimeConfig: { portMappings } })
  const done = ({ exitCode, stdout }: { exitCode: number | undefined; stdout: string }): void => {
    if (exitCode !== 0) throw new Error(stdout)
  }
  return {
    host,
    pod,
    address: `10.88.0.${number}`,
    add: async () => {
      const made = await plugin('bridge').add(call(bridge))
      done(made)
      prevResult = made.result
      done(await plugin('portmap').add(portmap()))
    },
    del: async () => {
      done(await plugin('portmap').del(portmap()))
      done(await plugin('bridge').del(call(bridge)))
    },
  }
}

/** A host with another one beside it. */
const makeHosts = (t: Test): { host: NetNamespace; client: NetNamespace } => {
  const host = makeNamespace(t, 'host')
  const client = makeNamespace(t, 'client')
  forward(host)
  host.exec('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', client.name)
  host.ip('address add 192.0.2.1/24 dev eth0', 'link set eth0 up')
  client.ip('address add 192.0.2.2/24 dev eth0', 'link set eth0 up', 'route add default via 192.0.2.1')
  return { host, client }
}

t.test(
  '[portmap 25] TCP through bridge and portmap: directly, by host address, by 127.0.0.1, by itself; nothing is left after DEL',
  ready,
  async (t) => {
    const { host, client } = makeHosts(t)
    const chain = makeChain(t, host, 5, [
      { hostPort: 9999, containerPort: 80, protocol: 'tcp' },
      { hostPort: 9998, containerPort: 80, protocol: 'tcp', hostIP: '127.0.0.1' },
    ])
    await chain.add()
    await startEcho(t, chain.pod, 'pod', 80)
    t.match(ask(host, `http://${chain.address}/`), { name: 'pod' }, 'directly')
    t.match(ask(host, 'http://192.0.2.1:9999/'), { name: 'pod' }, 'by the host’s address')
    t.match(ask(client, 'http://192.0.2.1:9999/'), { name: 'pod', client: '192.0.2.2' }, 'from outside')
    t.match(ask(host, 'http://127.0.0.1:9999/'), { name: 'pod' }, 'by 127.0.0.1')
    t.match(ask(host, 'http://127.0.0.1:9998/'), { name: 'pod' }, 'only by 127.0.0.1')
    t.type(ask(client, 'http://192.0.2.1:9998/', { timeout: 0.5 }), 'string')
    t.match(ask(chain.pod, 'http://192.0.2.1:9999/'), { name: 'pod', client: '10.88.0.1' }, 'by itself')
    await chain.del()
    t.strictSame(natRules(host, 4), SHARED_RULES)
    t.type(ask(client, 'http://192.0.2.1:9999/', { timeout: 0.5 }), 'string')
    t.notOk(iptablesSave(host).some((line) => line.includes(chain.address)))
  },
)

t.test('[portmap 26] UDP through bridge and portmap: a second container on the same host port is reached at once', ready, async (t) => {
  const { host, client } = makeHosts(t)
  const ports = [{ hostPort: 9053, containerPort: 80, protocol: 'udp' }]
  const asked = (): unknown => askUdp(client, '192.0.2.1', 9053, { timeout: 2, sourcePort: 40_053 })
  for (const number of [5, 6]) {
    const chain = makeChain(t, host, number, ports)
    await chain.add()
    await startEcho(t, chain.pod, `pod${number}`, 80)
    t.match(asked(), { name: `pod${number}`, client: '192.0.2.2' })
    t.match(askUdp(host, '127.0.0.1', 9053), { name: `pod${number}` })
    await chain.del()
    t.type(askUdp(client, '192.0.2.1', 9053, { timeout: 0.3, sourcePort: 40_053 }), 'string', 'nobody has it')
  }
})
