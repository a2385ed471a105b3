/** Where the reference's portmap is wrong and ours is right. Each title says what the reference does. */
import t, { type Test } from 'tap'
import { ask, askUdp } from '../rig/ask.ts'
import { startEcho } from '../rig/echo.ts'
import { requires } from '../rig/requires.ts'
import { connections, iptablesSave } from '../rig/witness-netfilter.ts'
import { buildExecutables } from './plugin.ts'
import { CLIENT, GATEWAY, HOST, makePortmapScene, mapped, natRules, type PortmapScene, type ScenePod, serve } from './portmap-scene.ts'

t.before(buildExecutables)

const ready = requires('root', 'iptables', 'nft', 'conntrack', 'curl')

const UDP = { hostPort: 8053, containerPort: 80, protocol: 'udp' }

const ok = (t: Test, { exitCode, stdout }: { exitCode: number | undefined; stdout: string }): void => {
  t.equal(exitCode, 0, stdout)
}

/** Every rule of the host, of all tables and families. */
const everything = ({ host }: PortmapScene): string[] => [
  ...iptablesSave(host, 4),
  ...iptablesSave(host, 6),
  host.exec('nft', '--stateless', 'list', 'ruleset'),
]

/** The pods that have rules. */
const mappedPods = (scene: PortmapScene, pods: readonly ScenePod[]): string[] =>
  pods.map(({ name }) => name).filter((name) => scene.rules().some((rule) => rule.includes(name)))

const route = ({ host }: PortmapScene): string => host.exec('cat', '/proc/sys/net/ipv4/conf/br0/route_localnet')

for (const backend of ['iptables', 'nftables'] as const) {
  t.test(backend, ready, async (t) => {
    const scene = makePortmapScene(t)
    const { host, client } = scene
    const [one, two] = [scene.makePod(2), scene.makePod(3)]
    for (const pod of [one, two]) await serve(t, pod)
    const udp = { backend, ...mapped(UDP) }
    const asked = (timeout = 2): unknown => askUdp(client, HOST[4], UDP.hostPort, { timeout, sourcePort: 40_053 })

    await t.test('the newest pod has the port, and the older one again when it leaves; the reference’s oldest keeps it', async (t) => {
      for (const pod of [one, two]) ok(t, await scene.add(pod, { backend }))
      for (const family of [4, 6] as const) {
        const url = `http://${family === 4 ? HOST[4] : `[${HOST[6]}]`}:8080/`
        t.match(ask(client, url), { name: two.name })
      }
      ok(t, await scene.del(two, { backend }))
      t.match(ask(client, `http://${HOST[4]}:8080/`), { name: one.name })
      ok(t, await scene.del(one, { backend }))
    })

    await t.test('a UDP client is not led to a pod that has left; the reference flushes nothing on DEL (its issue 1190)', async (t) => {
      const known = (): unknown[] =>
        connections(host, '--proto', 'udp').filter(({ original }) => original.sourcePort === 40_053 && original.destinationPort === 8053)
      host.exec('conntrack', '--flush')
      for (const fields of [udp, { ...udp, prevResult: undefined }, { backend, runtimeConfig: {} }]) {
        ok(t, await scene.add(one, udp))
        t.match(asked(), { name: one.name })
        t.equal(known().length, 1)
        ok(t, await scene.del(one, fields))
        t.strictSame(known(), [])
      }
    })

    await t.test('flows of others to the same port live on; the reference forgets them all', async (t) => {
      const words = (source: string, destination: string): string[] => [
        '-I',
        '-p',
        'udp',
        '-s',
        source,
        '-d',
        destination,
        '--sport',
        '40000',
        '--dport',
        String(UDP.hostPort),
        '-t',
        '600',
      ]
      const seen = (): string[] =>
        connections(host, '--proto', 'udp')
          .map(({ original }) => original.destination)
          .toSorted()
      host.exec('conntrack', '--flush')
      host.exec('conntrack', ...words(CLIENT[4], '198.51.100.53'))
      host.exec('conntrack', ...words(CLIENT[4], HOST[4]))
      ok(t, await scene.add(one, udp))
      t.strictSame(seen(), ['198.51.100.53'], 'only that to the host itself is overtaken')
      ok(t, await scene.del(one, udp))
      t.strictSame(seen(), ['198.51.100.53'])
    })

    await t.test('route_localnet opens 127.0.0.1 to nobody outside; the reference lets neighbours reach it', async (t) => {
      const secret = await startEcho(t, host, 'secret', 7070)
      for (const namespace of [client, one.namespace]) {
        namespace.sysctl({ 'net.ipv4.conf.eth0.route_localnet': 1 })
        namespace.ip('route add 127.0.0.1 via GATEWAY table 100'.replace('GATEWAY', namespace === client ? HOST[4] : GATEWAY[4]))
        namespace.ip('rule add to 127.0.0.1 table 100 pref 0', 'rule add table local pref 1', 'rule delete table local pref 0')
      }
      host.sysctl({ 'net.ipv4.conf.br0.route_localnet': 0 })
      ok(t, await scene.add(one, { backend }))
      t.equal(route(scene), '1')
      const stolen = (): unknown[] => [client, one.namespace].map((from) => ask(from, 'http://127.0.0.1:7070/', { timeout: 0.5 }))
      t.strictSame(stolen(), ['timeout', 'timeout'])
      t.match(ask(host, 'http://127.0.0.1:7070/'), { name: 'secret' })
      t.match(ask(host, 'http://127.0.0.1:8080/'), { name: one.name })
      // Proof that the way is there, and only the guard in it.
      if (backend === 'iptables') host.exec('iptables', '-t', 'mangle', '-F', 'CNI-HOSTPORT-LOCALNET')
      else host.exec('nft', 'delete', 'table', 'ip', 'selvedge_portmap')
      t.match(
        ask(one.namespace, 'http://127.0.0.1:7070/', { timeout: 2, source: one.addresses[4] }),
        { name: 'secret' },
        'as with the reference',
      )
      ok(t, await scene.del(one, { backend }))
      await secret.stop()
    })

    await t.test('GC removes the dead pods of this network only; the reference’s does nothing', async (t) => {
      for (const pod of [one, two]) ok(t, await scene.add(pod, { backend }))
      const other = scene.makePod(4)
      ok(t, await scene.add(other, { backend, name: 'othernet', ...mapped({ ...UDP, hostPort: 8054 }) }))
      const valid = (...pods: ScenePod[]): object => ({
        'cni.dev/valid-attachments': pods.map(({ name }) => ({ containerID: name, ifname: 'eth0' })),
      })
      ok(t, await scene.command('GC', { backend }))
      t.strictSame(mappedPods(scene, [one, two, other]), [one.name, two.name, other.name], 'without a list nothing')
      ok(t, await scene.command('GC', { backend, ...valid(two) }))
      t.strictSame(mappedPods(scene, [one, two, other]), [two.name, other.name])
      t.match(ask(client, `http://${HOST[4]}:8080/`), { name: two.name })
      ok(t, await scene.command('GC', { backend, ...valid() }))
      t.strictSame(mappedPods(scene, [one, two, other]), [other.name])
      ok(t, await scene.del(other, { backend, name: 'othernet' }))
    })

    await t.test('rules made under the network’s old name are found; the reference leaks them (its issue 752)', async (t) => {
      ok(t, await scene.add(one, { backend, name: 'oldname' }))
      ok(t, await scene.del(one, { backend, name: 'newname' }))
      t.strictSame(mappedPods(scene, [one]), [])
    })

    await t.test('rules that the other packet filter has are removed too; the reference looks only at the configured one', async (t) => {
      ok(t, await scene.add(one, { backend }))
      ok(t, await scene.del(one, { backend: backend === 'iptables' ? 'nftables' : 'iptables' }))
      t.strictSame(mappedPods(scene, [one]), [])
    })

    await t.test('CHECK tells that nothing leads to the rules any more; the reference says that all is well', async (t) => {
      ok(t, await scene.add(one, { backend }))
      ok(t, await scene.check(one, { backend }))
      if (backend === 'iptables') host.exec('iptables', '-t', 'nat', '-F', 'PREROUTING')
      else host.exec('nft', 'flush', 'chain', 'ip', 'cni_hostport', 'prerouting')
      t.match(await scene.check(one, { backend }), {
        exitCode: 1,
        result: {
          msg:
            backend === 'iptables'
              ? 'could not check ipv4 dnat: rule [[-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT]] in chain PREROUTING not found in table nat'
              : 'missing hostport rules in "prerouting" chain',
        },
      })
      ok(t, await scene.add(one, { backend }))
      ok(t, await scene.check(one, { backend }))
      ok(t, await scene.del(one, { backend }))
      t.match((await scene.check(one, { backend })).exitCode, 1)
    })

    await t.test('STATUS tells whether the packet filter can be used', async (t) => {
      ok(t, await scene.command('STATUS', { backend }))
      const hidden = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /usr/sbin && exec "$@"', 'sh']
      t.match(await scene.command('STATUS', { backend }, { under: hidden }), {
        exitCode: 1,
        result: { code: 50, msg: `the ${backend} backend cannot be used` },
      })
    })
  })
}

t.test('a failed ADD leaves nothing; the reference leaves its shared chains, half a chain and route_localnet', ready, async (t) => {
  const scene = makePortmapScene(t)
  const pod = scene.makePod(2)
  const before = everything(scene)
  const cases = [
    { externalSetMarkChain: 'NOBODYS' },
    { conditionsV6: ['-m', 'nonsense'] },
    { conditionsV4: ['-m', 'nonsense'] },
    { backend: 'nftables', conditionsV6: ['nonsense'] },
  ]
  for (const fields of cases) {
    t.match(await scene.add(pod, fields), { exitCode: 1 })
    t.strictSame(natRules(scene.host, 4), [])
    t.strictSame(
      everything(scene).filter((rule) => /CNI|cni|selvedge/.test(rule)),
      before.filter((rule) => /CNI|cni|selvedge/.test(rule)),
    )
    t.equal(route(scene), '0')
  }
})
