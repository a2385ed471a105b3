import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { requires } from '../rig/requires.ts'
import { recordingPrograms, startedPrograms } from '../rig/started-programs.ts'
import { BY_IPTABLES, BY_NFTABLES, makeRulesScene, natRules, V4, V6 } from './bridge-rules-scene.ts'
import { failureOf, resultOf } from './bridge-scene.ts'
import { buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const ready = requires('root', 'ip', 'iptables', 'nft')

/** Programs that a call started, beside the executable itself, as strace saw them. */
const startedBy = async (t: Test, call: (under: string[]) => Promise<unknown>): Promise<string[]> => {
  const log = join(t.testdir(), 'execve')
  await call(recordingPrograms(log))
  return startedPrograms(readFileSync(log, 'utf8')).slice(1)
}

t.test(
  'few processes are started: one per family by iptables, one by nft, none to remove',
  requires('root', 'nft', 'strace'),
  async (t) => {
    const scene = makeRulesScene(t)
    const pod = scene.makePod()
    for (const [fields, subnets, expected] of [
      [{ macspoofchk: false, ipMasq: false }, [V4], []],
      [{ ipMasq: true }, [V4], ['iptables-restore']],
      [{ ipMasq: true }, [V4, V6], ['iptables-restore', 'ip6tables-restore']],
      [{ ipMasq: true, ipMasqBackend: 'nftables' }, [V4, V6], ['nft']],
      [{ macspoofchk: true }, [V4], ['nft']],
    ] as const) {
      const config = { ...fields, ipam: scene.ipam(subnets) }
      t.strictSame(await startedBy(t, (under) => scene.add(pod, config, { under })), expected, `ADD ${JSON.stringify(fields)}`)
      t.strictSame(await startedBy(t, (under) => scene.del(pod, config, { under })), [], `DEL ${JSON.stringify(fields)}`)
      t.strictSame(scene.rules(), [])
    }
  },
)

t.test('DEL finds the rules where the reference leaves them: no namespace, no interface, another config', ready, async (t) => {
  const scene = makeRulesScene(t)
  const missing = { netns: '/run/netns/gone-for-good' }
  for (const [title, fields, other, how] of [
    ['CNI_NETNS is empty', BY_IPTABLES, BY_IPTABLES, { netns: '' }],
    ['the namespace is gone', BY_IPTABLES, BY_IPTABLES, missing],
    ['the namespace is gone, nftables', BY_NFTABLES, BY_NFTABLES, missing],
    ['the backend is another now', BY_NFTABLES, BY_IPTABLES, {}],
    ['the backend is another now', BY_IPTABLES, BY_NFTABLES, {}],
    ['the config asks for nothing any more', BY_IPTABLES, {}, {}],
  ] as const) {
    const pod = scene.makePod()
    resultOf(await scene.add(pod, { ...fields, ipam: scene.ipam([V4, V6]) }))
    t.ok(scene.rules().length >= 6, 'there are rules')
    t.match(await scene.del(pod, { ...other, ipam: scene.ipam([V4, V6]) }, how), { exitCode: 0, stdout: '', stderr: '' }, title)
    t.strictSame(scene.rules(), [], title)
  }
  const pod = scene.makePod()
  const config = { ...BY_IPTABLES, ipam: scene.ipam([V4, V6]) }
  resultOf(await scene.add(pod, config))
  pod.ip('link delete eth0')
  t.equal((await scene.del(pod, config)).exitCode, 0)
  t.strictSame(scene.rules(), [], 'the interface is gone')
})

t.test('an ADD that fails at its last rule leaves none', ready, async (t) => {
  const scene = makeRulesScene(t)
  const pod = scene.makePod()
  const before = scene.everything(pod)
  // iptables fails, after nft has made the source check.
  const broken = ['unshare', '--mount', 'sh', '-c', 'mount --bind /bin/false /usr/sbin/xtables-nft-multi && exec "$0"']
  const failed = failureOf(await scene.add(pod, { ...BY_IPTABLES, ipMasqBackend: 'iptables', ipam: scene.ipam([V4]) }, { under: broken }))
  t.match(failed, { exitCode: 1, code: 999, msg: /^running \[\/usr\/sbin\/iptables-\w+ .*\]: exit status 1: / })
  t.strictSame([scene.rules(), scene.everything(pod)], [[], before])
})

t.test('an unknown backend is refused before anything is made; the reference leaves the whole attachment', ready, async (t) => {
  const scene = makeRulesScene(t)
  const pod = scene.makePod()
  const before = scene.everything(pod)
  const config = { ipMasq: true, ipMasqBackend: 'x', ipam: scene.ipam([V4]) }
  t.strictSame(failureOf(await scene.add(pod, config)), { exitCode: 1, code: 999, msg: 'unknown ipmasq backend "x"' })
  t.strictSame(scene.everything(pod), before)
  t.equal((await scene.del(pod, config)).exitCode, 0, 'DEL does not ask')
})

t.test(
  'interfaces of one container in one network share a chain: each DEL takes its own rules, the last one the chain',
  ready,
  async (t) => {
    const scene = makeRulesScene(t)
    const pod = scene.makePod()
    const config = { ipMasq: true, ipam: scene.ipam([V4]) }
    const other = { ...config, ipam: scene.ipam(['10.1.3.0/24'], { dataDir: t.testdir() }) }
    resultOf(await scene.add(pod, config))
    resultOf(await scene.add(pod, other, { ifname: 'eth1' }))
    const targets = (): string[] =>
      natRules(scene.host, 4).map((rule) => rule.replace(/CNI-\w+/g, 'CNI').replace(/-m comment --comment ".*" /, ''))
    t.strictSame(targets(), [
      ':CNI -',
      '-A POSTROUTING -s 10.1.2.2/32 -j CNI',
      '-A POSTROUTING -s 10.1.3.2/32 -j CNI',
      '-A CNI -d 10.1.2.0/24 -j ACCEPT',
      '-A CNI -d 10.1.3.0/24 -j ACCEPT',
      '-A CNI ! -d 224.0.0.0/4 -j MASQUERADE',
    ])
    t.equal((await scene.del(pod, config)).exitCode, 0)
    t.strictSame(
      targets().filter((rule) => rule.includes('POSTROUTING')),
      ['-A POSTROUTING -s 10.1.3.2/32 -j CNI'],
    )
    t.equal((await scene.del(pod, other, { ifname: 'eth1' })).exitCode, 0)
    t.strictSame(scene.rules(), [])
  },
)

t.test('ten ADDs at once, then ten DELs: every pod has its rules, then nobody', ready, async (t) => {
  for (const fields of [BY_IPTABLES, BY_NFTABLES]) {
    const scene = makeRulesScene(t)
    const pods = Array.from({ length: 10 }, () => scene.makePod())
    const config = { ...fields, ipam: scene.ipam([V4]) }
    const results = await Promise.all(pods.map((pod) => scene.add(pod, config)))
    t.strictSame(
      results.filter(({ exitCode }) => exitCode !== 0),
      [],
    )
    const rules = scene.rules()
    const without = pods.filter((pod) => !rules.some((rule) => rule.includes(pod.name) && /masq_checks|MASQUERADE/.test(rule)))
    t.strictSame(without, [])
    t.equal(rules.filter((rule) => rule.startsWith('rule PREROUTING')).length, 10)
    const deleted = await Promise.all(pods.map((pod) => scene.del(pod, config)))
    t.strictSame(
      deleted.filter(({ exitCode, stderr }) => exitCode !== 0 || stderr !== ''),
      [],
    )
    t.strictSame(scene.rules(), [])
  }
})
