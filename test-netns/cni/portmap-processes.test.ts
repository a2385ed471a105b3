import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { requires } from '../rig/requires.ts'
import { recordingPrograms, startedPrograms } from '../rig/started-programs.ts'
import { buildExecutables } from './plugin.ts'
import { makePortmapScene, mapped, natRules, type PortmapScene, SHARED_RULES } from './portmap-scene.ts'
import { withVariant } from './portmap-variant.ts'

t.before(buildExecutables)

const ready = requires('root', 'iptables-legacy', 'nft', 'strace')

const TCP = { hostPort: 8080, containerPort: 80, protocol: 'tcp' }

/** Programs that a call started, beside the executable itself, as strace saw them. */
const startedBy = async (t: Test, call: (under: string[]) => Promise<unknown>): Promise<string[]> => {
  const log = join(t.testdir(), 'execve')
  await call(recordingPrograms(log))
  return startedPrograms(readFileSync(log, 'utf8')).slice(1)
}

const DUAL = [4, 6] as const

t.test('few processes are started, and none where nothing is to be done', ready, async (t) => {
  const scene = makePortmapScene(t)
  const [four, both] = [scene.makePod(2, [4]), scene.makePod(3, DUAL)]
  const add = (pod = four, fields: object = {}) => startedBy(t, (under) => scene.add(pod, fields, { under }))
  const del = (pod = four, fields: object = {}) => startedBy(t, (under) => scene.del(pod, fields, { under }))
  const check = (pod = four, fields: object = {}) => startedBy(t, (under) => scene.check(pod, fields, { under }))
  t.strictSame(await add(four, mapped()), [], 'ADD without ports')
  t.strictSame(await check(four, mapped()), [], 'CHECK without ports')
  t.strictSame(await del(four, mapped()), [], 'DEL without ports')
  t.strictSame(await add(), ['iptables-restore'], 'the first ADD of a host')
  t.strictSame(await add(both), ['iptables-restore', 'ip6tables-restore'], 'ADD of a container with two families')
  t.strictSame(await check(both), ['iptables-restore', 'ip6tables-restore'], 'CHECK, a family each')
  t.strictSame(await del(both), [], 'DEL')
  t.strictSame(await del(), [])
  t.strictSame(await del(), [], 'DEL of what is gone')
  t.strictSame(await add(four, { conditionsV4: ['!', '-s', '192.0.2.2'] }), ['iptables-restore'], 'a config that only iptables understands')
  await scene.del(four)
  t.strictSame(await add(both, { backend: 'nftables' }), ['nft'], 'the first ADD by nftables')
  t.strictSame(await add(four, { backend: 'nftables' }), ['nft'])
  t.strictSame(await check(four, { backend: 'nftables' }), [])
  t.strictSame(await del(four, { backend: 'nftables' }), [])
})

/** Table nat of the legacy variant, without its built-in chains' names. */
const natLegacy = ({ host }: PortmapScene, family: 4 | 6): string[] =>
  host
    .exec(family === 4 ? 'iptables-legacy-save' : 'ip6tables-legacy-save', '-t', 'nat')
    .split('\n')
    .filter((line) => /^(-A|:\S+ -)/.test(line))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''))

t.test('legacy iptables is used where it is the installed one: same rules, two processes', ready, async (t) => {
  const scene = makePortmapScene(t)
  const pod = scene.makePod(2, [4])
  const variant = withVariant(t, 'legacy')
  t.match(await scene.add(pod, {}, { under: variant }), { exitCode: 0, stderr: '' })
  t.match(natLegacy(scene, 4).join('\n'), '-j DNAT --to-destination 10.20.3.2:80')
  t.strictSame(natRules(scene.host, 4), [], 'nothing in nf_tables')
  t.match(await scene.del(pod, {}, { under: variant }), { exitCode: 0 })
  t.strictSame(natLegacy(scene, 4), SHARED_RULES)
  const started = (verb: 'add' | 'del'): Promise<string[]> =>
    startedBy(t, (under) => scene[verb](pod, {}, { under: [...variant, ...under] }))
  t.strictSame(await started('add'), ['iptables-save', 'iptables-restore'])
  t.strictSame(await started('del'), ['iptables-save', 'iptables-restore'])
})

interface Crowd {
  readonly scene: PortmapScene
  readonly fields?: object
  readonly under?: readonly string[]
  /** What stands there between the ADDs and the DELs must contain a rule for each port. */
  rules(): string[]
}

const crowd = async (t: Test, { scene, fields = {}, under = [], rules }: Crowd): Promise<void> => {
  const pods = Array.from({ length: 20 }, (_, index) => ({ pod: scene.makePod(index + 2), port: 8000 + index }))
  const failures = async (verb: 'add' | 'del'): Promise<unknown[]> => {
    const calls = pods.map(({ pod, port }) => scene[verb](pod, { ...fields, ...mapped({ ...TCP, hostPort: port }) }, { under }))
    return (await Promise.all(calls)).filter(({ exitCode }) => exitCode !== 0)
  }
  t.strictSame(await failures('add'), [])
  const mappedPorts = rules().flatMap(
    (rule) => / --?dports? (80\d\d) -j CNI-DN-|tcp dport (80\d\d) dnat/.exec(rule)?.slice(1).join('') ?? [],
  )
  t.equal(new Set(mappedPorts).size, 20)
  t.equal(mappedPorts.length, 40, 'each in both families')
  t.strictSame(await failures('del'), [])
}

t.test(
  '[portmap 24] twenty ADDs at once on a fresh host, then twenty DELs: all succeed, what all share is there once',
  ready,
  async (t) => {
    const scene = makePortmapScene(t)
    await crowd(t, { scene, rules: scene.rules })
    t.strictSame([natRules(scene.host, 4), natRules(scene.host, 6)], [SHARED_RULES, SHARED_RULES])
  },
)

t.test('[portmap 24] the same by legacy iptables', ready, async (t) => {
  const scene = makePortmapScene(t)
  const rules = (): string[] => [...natLegacy(scene, 4), ...natLegacy(scene, 6)]
  await crowd(t, { scene, under: withVariant(t, 'legacy'), rules })
  t.strictSame(rules(), [...SHARED_RULES, ...SHARED_RULES])
})

t.test('[portmap 24] the same by nftables', ready, async (t) => {
  const scene = makePortmapScene(t)
  await crowd(t, { scene, fields: { backend: 'nftables' }, rules: scene.rules })
  t.notOk(scene.rules().some((rule) => rule.includes('comment "pod')))
})
