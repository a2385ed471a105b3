import t from 'tap'
import { requires } from '../rig/requires.ts'
import { buildExecutables } from './plugin.ts'
import { makePortmapScene, mapped, natRules, nftTables, SHARED_RULES } from './portmap-scene.ts'

t.before(buildExecutables)

const ready = requires('root', 'iptables', 'nft')

const TCP = { hostPort: 8080, containerPort: 80, protocol: 'tcp' }

t.test(
  '[portmap 21] the rules are the reference’s to the byte; DEL takes the container’s and leaves what all share and what is others’',
  ready,
  async (t) => {
    const scene = makePortmapScene(t)
    const pod = scene.makePod(2, [4])
    scene.host.exec('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-s', '203.0.113.9', '-j', 'RETURN')
    const canary = '-A POSTROUTING -s 203.0.113.9/32 -j RETURN'
    t.match(await scene.add(pod, {}, { containerId: 'cid1' }), { exitCode: 0, stderr: '' })
    t.strictSame(natRules(scene.host, 4), [
      ':CNI-DN-a631aa8e1549a3b129110 -',
      ':CNI-HOSTPORT-DNAT -',
      ':CNI-HOSTPORT-MASQ -',
      ':CNI-HOSTPORT-SETMARK -',
      '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
      canary,
      '-A CNI-DN-a631aa8e1549a3b129110 -s 10.20.3.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
      '-A CNI-DN-a631aa8e1549a3b129110 -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
      '-A CNI-DN-a631aa8e1549a3b129110 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.20.3.2:80',
      '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110',
      '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
      '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
    ])
    t.strictSame(natRules(scene.host, 6), [], 'nothing for IPv6')
    t.match(await scene.del(pod, {}, { containerId: 'cid1' }), { exitCode: 0, stdout: '', stderr: '' })
    t.strictSame(natRules(scene.host, 4), SHARED_RULES.toSpliced(6, 0, canary))
  },
)

t.test('[portmap 14] the nftables tables are the reference’s to the byte; DEL leaves their skeleton', ready, async (t) => {
  const scene = makePortmapScene(t)
  const pod = scene.makePod(2)
  const fields = { backend: 'nftables', ...mapped(TCP, { hostPort: 53, containerPort: 53, protocol: 'udp', hostIP: '192.0.2.9' }) }
  t.match(await scene.add(pod, fields, { containerId: 'cid1' }), { exitCode: 0, stderr: '' })
  const skeleton = (family: 'ip' | 'ip6', hostports: string[], masquerading: string[]): string[] => [
    `table ${family} cni_hostport {`,
    'comment "CNI portmap plugin"',
    ...['chain hostports {', ...hostports, '}'],
    ...['chain hostip_hostports {', '}'],
    ...['chain hostports_all {', 'jump hostip_hostports', 'jump hostports', '}'],
    ...['chain prerouting {', 'type nat hook prerouting priority dstnat; policy accept;', 'fib daddr type local jump hostports_all', '}'],
    ...['chain output {', 'type nat hook output priority -100; policy accept;', 'fib daddr type local jump hostports_all', '}'],
    ...['chain masquerading {', 'type nat hook postrouting priority srcnat; policy accept;', ...masquerading, '}'],
    '}',
  ]
  t.strictSame(nftTables(scene.host), [
    ...skeleton(
      'ip',
      ['tcp dport 8080 dnat to 10.20.3.2:80 comment "cid1"', 'ip daddr 192.0.2.9 udp dport 53 dnat to 10.20.3.2:53 comment "cid1"'],
      [
        'ip saddr 10.20.3.2 ip daddr 10.20.3.2 masquerade comment "cid1"',
        'ip saddr 127.0.0.1 ip daddr 10.20.3.2 masquerade comment "cid1"',
      ],
    ),
    ...skeleton(
      'ip6',
      ['tcp dport 8080 dnat to [fd00:20:3::2]:80 comment "cid1"'],
      ['ip6 saddr fd00:20:3::2 ip6 daddr fd00:20:3::2 masquerade comment "cid1"'],
    ),
  ])
  t.match(await scene.del(pod, fields, { containerId: 'cid1' }), { exitCode: 0, stdout: '' })
  t.strictSame(nftTables(scene.host), [...skeleton('ip', [], []), ...skeleton('ip6', [], [])])
})

for (const backend of ['iptables', 'nftables']) {
  t.test(`[portmap 22] [portmap 23] ${backend}: ADD twice is as ADD once, and so is DEL`, ready, async (t) => {
    const scene = makePortmapScene(t)
    const [pod, other] = [scene.makePod(2), scene.makePod(3)]
    await scene.add(other, { backend, ...mapped({ ...TCP, hostPort: 9090 }) })
    const before = scene.rules()
    for (const verb of ['add', 'add', 'del', 'del'] as const) t.match(await scene[verb](pod, { backend }), { exitCode: 0 })
    t.strictSame(scene.rules(), before)
    await scene.add(pod, { backend })
    const once = scene.rules().toSorted()
    await scene.add(pod, { backend })
    t.strictSame(scene.rules().toSorted(), once)
  })

  t.test(`${backend}: DEL needs no previous result and no mappings, and finds rules whatever the backend is now`, ready, async (t) => {
    const scene = makePortmapScene(t)
    const pod = scene.makePod(2)
    await scene.add(pod, { backend })
    await scene.del(pod, { backend })
    const before = scene.rules()
    const other = backend === 'iptables' ? 'nftables' : 'iptables'
    for (const fields of [{ backend, prevResult: undefined }, { prevResult: undefined, runtimeConfig: {} }, { backend: other }]) {
      t.match(await scene.add(pod, { backend }), { exitCode: 0 })
      t.notSame(scene.rules(), before)
      t.match(await scene.del(pod, fields), { exitCode: 0 })
      t.strictSame(scene.rules(), before)
    }
  })

  t.test(`${backend}: what cannot be mapped is refused by name, and nothing is changed`, ready, async (t) => {
    const scene = makePortmapScene(t)
    const pod = scene.makePod(2)
    const cases: [fields: object, msg: RegExp][] = [
      [mapped(TCP, { ...TCP, hostPort: 65536 }), /^failed to parse config: Invalid host port number: 65536 /],
      [mapped({ ...TCP, protocol: 'icmp' }), /^failed to parse config: Invalid protocol "icmp" of host port 8080 /],
      [mapped({ ...TCP, protocol: '' }), /^failed to parse config: Invalid protocol "" of host port 8080 /],
      [
        { conditionsV4: [backend === 'iptables' ? '-m' : 'ip', 'x\n-F'] },
        /^failed to parse config: Invalid token "x\\n-F" in conditionsV4 /,
      ],
    ]
    for (const [fields, msg] of cases) {
      const { exitCode, result } = await scene.add(pod, { backend, ...fields })
      t.match({ exitCode, result }, { exitCode: 1, result: { code: 7, msg } })
    }
    t.strictSame(scene.rules(), [])
  })
}

t.test('[portmap 11] without the mark chain of somebody else ADD fails and leaves nothing; with it, it is used', ready, async (t) => {
  const scene = makePortmapScene(t)
  const pod = scene.makePod(2, [4])
  const failed = await scene.add(pod, { externalSetMarkChain: 'PLZ-SET-MARK' })
  t.match(failed, {
    exitCode: 1,
    result: { code: 999, msg: /^unable to setup DNAT: running \[.*\]: exit status 2: .*'?PLZ-SET-MARK'? does not exist/s },
  })
  t.strictSame(scene.rules(), [])
  scene.host.exec('iptables', '-t', 'nat', '-N', 'PLZ-SET-MARK')
  t.match(await scene.add(pod, { externalSetMarkChain: 'PLZ-SET-MARK' }), { exitCode: 0 })
  t.match(scene.rules().join('\n'), '-s 10.20.3.0/24 -p tcp -m tcp --dport 8080 -j PLZ-SET-MARK\n')
  t.notMatch(scene.rules().join('\n'), 'CNI-HOSTPORT-SETMARK')
})

t.test('hostile condition words stay one word', ready, async (t) => {
  const scene = makePortmapScene(t)
  const pod = scene.makePod(2, [4])
  const conditionsV4 = ['-m', 'string', '--algo', 'bm', '--string', 'a" -j ACCEPT \\ #']
  t.match(await scene.add(pod, { conditionsV4 }, { containerId: 'cid1' }), { exitCode: 0 })
  t.match(
    scene.rules().find((rule) => rule.startsWith('-A CNI-HOSTPORT-DNAT')),
    /-m multiport --dports 8080 -m string --string "a\\" -j ACCEPT \\\\ #" --algo bm( --to 65535)? -j CNI-DN-a631aa8e1549a3b129110$/,
  )
})
