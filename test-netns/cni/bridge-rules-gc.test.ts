import t from 'tap'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { links } from '../rig/witness-ip.ts'
import { BY_IPTABLES, BY_NFTABLES, makeRulesScene, V4, V6 } from './bridge-rules-scene.ts'
import { resultOf } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'
import { withVariant } from './portmap-variant.ts'

t.before(buildExecutables)

const ready = requires('root', 'ip', 'iptables', 'nft')

for (const [title, fields] of [
  ['iptables', BY_IPTABLES],
  ['nftables', BY_NFTABLES],
] as const) {
  t.test(`GC removes the rules of attachments that are gone, and no others: ${title}`, ready, async (t) => {
    const scene = makeRulesScene(t)
    const [alive, dead, foreign] = [scene.makePod(), scene.makePod(), scene.makePod()]
    const config = { ...fields, ipam: scene.ipam([V4, V6]) }
    const elsewhere = { ...config, name: 'another', ipam: scene.ipam(['10.7.0.0/24']) }
    resultOf(await scene.add(alive, config))
    resultOf(await scene.add(foreign, elsewhere))
    const wanted = scene.rules()
    resultOf(await scene.add(dead, config))
    const all = scene.rules()
    const valid = [{ containerID: alive.name, ifname: 'eth0' }]
    const devices = links(scene.host).length
    dead.remove()
    // The kernel removes a namespace's devices, and their peers, after the command has ended.
    await until('the host’s side of the dead pod’s device is gone', () => links(scene.host).length === devices - 1)
    t.match(await scene.gc(config), { exitCode: 0, stdout: '' })
    t.strictSame(scene.rules(), all, 'the rules outlive the devices; without a list nothing is removed')
    t.match(await scene.gc(config, [...valid, { containerID: dead.name, ifname: 'eth0' }]), { exitCode: 0, stdout: '' })
    t.strictSame(scene.rules(), all, 'a valid attachment keeps its rules')
    t.match(await scene.gc(config, valid), { exitCode: 0, stdout: '', stderr: '' })
    t.strictSame(scene.rules(), wanted)
    t.match(await scene.gc(config, []), { exitCode: 0 })
    t.notOk(scene.rules().some((rule) => rule.includes(alive.name) && !rule.includes('macspoofchk') && !rule.includes('cni-br-iface')))
    t.ok(
      scene.rules().some((rule) => rule.includes(`macspoofchk-${alive.name}`)),
      'a source check stays as long as its device',
    )
    t.ok(
      scene.rules().some((rule) => rule.includes(foreign.name)),
      'and another network’s rules',
    )
  })
}

t.test('legacy iptables: the same rules, removed by DEL and by GC', requires('root', 'iptables-legacy'), async (t) => {
  const scene = makeRulesScene(t)
  const under = withVariant(t, 'legacy')
  const config = { ipMasq: true, ipam: scene.ipam([V4, V6]) }
  const legacy = (): string[] =>
    ['iptables-legacy-save', 'ip6tables-legacy-save'].flatMap((program) =>
      scene.host
        .exec(program, '-t', 'nat')
        .split('\n')
        .filter((line) => line.includes('CNI-')),
    )
  const pod = scene.makePod()
  resultOf(await scene.add(pod, config, { under }))
  t.equal(legacy().length, 8)
  t.strictSame(scene.rules(), [], 'nothing in nf_tables')
  t.match(await scene.del(pod, config, { under, netns: '' }), { exitCode: 0, stderr: '' })
  t.strictSame(legacy(), [])
  pod.ip('link delete eth0')
  resultOf(await scene.add(pod, config, { under }))
  t.match(await scene.gc(config, [{ containerID: pod.name, ifname: 'eth0' }], under), { exitCode: 0 })
  t.equal(legacy().length, 8)
  t.match(await scene.gc(config, [], under), { exitCode: 0 })
  t.strictSame(legacy(), [])
})
