import t, { type Test } from 'tap'
import { ask, askUdp } from '../rig/ask.ts'
import type { NetNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { connections } from '../rig/witness-netfilter.ts'
import { buildExecutables } from './plugin.ts'
import { CLIENT, GATEWAY, HOST, makePortmapScene, mapped, type ScenePod, serve } from './portmap-scene.ts'

t.before(buildExecutables)

const FAMILIES = [4, 6] as const
const TCP = { hostPort: 8080, containerPort: 80, protocol: 'tcp' }
const UDP = { hostPort: 8053, containerPort: 80, protocol: 'udp' }

const url = (address: string, port: number): string => `http://${address.includes(':') ? `[${address}]` : address}:${port}/`

/** Nobody answers; curl's words for it differ by version. */
const NOBODY = /^(refused|unreachable)$/

/** What a client gets by TCP and by UDP at a host's address: who answers, and whom they see. */
const answers = (from: NetNamespace, address: string): unknown[] =>
  [ask(from, url(address, TCP.hostPort)), askUdp(from, address, UDP.hostPort)].map((reply) =>
    typeof reply === 'string' ? reply : `${reply.name} sees ${reply.client}`,
  )

for (const backend of ['iptables', 'nftables'] as const) {
  t.test(backend, requires('root', 'curl', 'iptables', 'nft', 'conntrack'), async (t) => {
    const scene = makePortmapScene(t)
    const { host, client } = scene
    const [pod, other] = [scene.makePod(2), scene.makePod(3)]
    for (const each of [pod, other]) await serve(t, each)

    /** Maps a pod's ports until the end of a test, or earlier by the function it returns. */
    const map = async (t: Test, to: ScenePod, fields: object): Promise<() => Promise<void>> => {
      t.match(await scene.add(to, { backend, ...fields }), { exitCode: 0, stderr: '' })
      const remove = async (): Promise<void> => {
        const { exitCode, stdout } = await scene.del(to, { backend, ...fields })
        if (exitCode !== 0) throw new Error(`DEL: ${stdout}`)
      }
      t.teardown(remove)
      return remove
    }

    await t.test('[portmap 25] a host port leads to its pod from everywhere, and to nobody when it is removed', async (t) => {
      const remove = await map(t, pod, mapped(TCP, UDP))
      for (const family of FAMILIES) {
        const sees = (source: string): string[] => Array(2).fill(`${pod.name} sees ${source}`)
        t.strictSame(answers(client, HOST[family]), sees(CLIENT[family]), `IPv${family}: from outside, with the client’s own address`)
        t.strictSame(answers(host, HOST[family]), sees(HOST[family]), `IPv${family}: from the host at its address`)
        t.strictSame(answers(pod.namespace, HOST[family]), sees(GATEWAY[family]), `IPv${family}: from the pod itself, masqueraded`)
        // Only iptables masquerades the whole subnet of the pod.
        const neighbor = backend === 'iptables' ? GATEWAY[family] : other.addresses[family]
        t.strictSame(answers(other.namespace, HOST[family]), sees(neighbor), `IPv${family}: from another pod`)
      }
      t.strictSame(answers(host, '127.0.0.1'), Array(2).fill(`${pod.name} sees ${GATEWAY[4]}`), 'from the host at 127.0.0.1')
      await remove()
      for (const family of FAMILIES) t.match(ask(client, url(HOST[family], 8080)), NOBODY, `IPv${family}: gone`)
      t.notOk(scene.rules().some((rule) => rule.includes(pod.name)))
    })

    await t.test('two pods have a port each, and one leaving does not disturb the other', async (t) => {
      const first = mapped(TCP)
      const remove = await map(t, pod, first)
      await map(t, other, mapped({ ...TCP, hostPort: 9090 }))
      t.match(ask(client, url(HOST[4], 8080)), { name: pod.name })
      t.match(ask(client, url(HOST[4], 9090)), { name: other.name })
      await remove()
      t.match(ask(client, url(HOST[4], 8080)), NOBODY)
      t.match(ask(client, url(HOST[4], 9090)), { name: other.name })
      await map(t, pod, first)
      t.match(ask(client, url(HOST[4], 8080)), { name: pod.name }, 'and back again')
    })

    await t.test('a host address limits a mapping to that address', async (t) => {
      host.exec('ip', 'address', 'add', '192.0.2.10/24', 'dev', 'eth0')
      const addresses = ['192.0.2.10', '0.0.0.0', HOST[6], '::']
      await map(t, pod, mapped(...addresses.map((hostIP, index) => ({ ...TCP, hostPort: 8080 + index, hostIP }))))
      const reached = (address: string): number[] =>
        [8080, 8081, 8082, 8083].filter((port) => typeof ask(client, url(address, port)) === 'object')
      t.strictSame(reached('192.0.2.10'), [8080, 8081])
      t.strictSame(reached(HOST[4]), [8081])
      t.strictSame(reached(HOST[6]), [8082, 8083])
    })

    await t.test('traffic that only passes through the host is not taken', async (t) => {
      await map(t, pod, mapped({ ...TCP, hostPort: 80 }))
      client.exec('ip', 'route', 'add', '10.20.3.0/24', 'via', HOST[4])
      t.match(ask(client, url(other.addresses[4], 80)), { name: other.name, client: CLIENT[4] })
    })

    await t.test('[portmap 26] a UDP client that asked before gets to the pod that has the port now', async (t) => {
      const asked = (timeout: number): unknown => askUdp(client, HOST[4], UDP.hostPort, { timeout, sourcePort: 40_053 })
      const remembered = (): number =>
        connections(host, '--proto', 'udp').filter(
          ({ original }) => original.destinationPort === UDP.hostPort && original.sourcePort === 40_053,
        ).length
      host.exec('iptables', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'INVALID')
      asked(0.2)
      t.equal(remembered(), 1, 'nobody has the port, and the kernel remembers the flow')
      const remove = await map(t, pod, mapped(UDP))
      t.equal(remembered(), 0)
      t.match(asked(5), { name: pod.name })
      await remove()
      await map(t, other, mapped(UDP))
      t.match(asked(5), { name: other.name })
    })

    await t.test('masqAll hides outside clients behind the host', async (t) => {
      await map(t, pod, { masqAll: true })
      for (const family of FAMILIES) t.match(ask(client, url(HOST[family], 8080)), { name: pod.name, client: GATEWAY[family] })
    })

    await t.test('conditions keep packets away from host ports', async (t) => {
      await map(t, pod, { conditionsV4: backend === 'iptables' ? ['!', '-s', CLIENT[4]] : ['ip', 'saddr', '!=', CLIENT[4]] })
      t.match(ask(client, url(HOST[4], 8080)), NOBODY)
      t.match(ask(host, url(HOST[4], 8080)), { name: pod.name })
    })

    await t.test('without snat clients keep their addresses, and 127.0.0.1 is not served', async (t) => {
      host.sysctl({ 'net.ipv4.conf.br0.route_localnet': 0 })
      await map(t, pod, { snat: false })
      t.match(ask(client, url(HOST[4], 8080)), { name: pod.name, client: CLIENT[4] })
      t.type(ask(host, url('127.0.0.1', 8080), { timeout: 0.5 }), 'string')
      t.equal(host.exec('cat', '/proc/sys/net/ipv4/conf/br0/route_localnet'), '0')
    })
  })
}
