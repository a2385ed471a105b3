import t from 'tap'
import { forwardsByFamily } from './forwards.ts'
import { setUpNftables, tearDownNftables } from './nftables-backend.ts'
import { attachmentMark } from './nftables-rules.ts'
import { previousResult, testConfig } from './testing/call.ts'
import {
  nftRule,
  registered,
  type SimulatedNftables,
  type SimulatedNftablesOptions,
  simulatedNftables,
} from './testing/simulated-nftables.ts'

const config = testConfig({ backend: 'nftables' })
const dual = testConfig({ backend: 'nftables', prevResult: previousResult(4, 6) })
const MARK = attachmentMark('mynet', 'cid1')

const setUp = (options?: SimulatedNftablesOptions, of = config): SimulatedNftables => {
  const simulated = simulatedNftables(options)
  setUpNftables(simulated, of, forwardsByFamily(of))
  return simulated
}

/** The rules that are left, by their numbers, and how many processes it took. */
const tearDown = (options?: SimulatedNftablesOptions, of = config): { left: number[]; started: number } => {
  const simulated = simulatedNftables(options)
  tearDownNftables(simulated, of)
  return { left: simulated.present.map(({ handle }) => handle), started: simulated.ran.length }
}

t.test('on a fresh host both families are one process', async (t) => {
  const { ran } = setUp({}, dual)
  t.equal(ran.length, 1)
  t.match(ran[0], ['add table ip cni_hostport { comment "CNI portmap plugin" ; }'])
  t.ok(ran[0]?.includes('add table ip6 cni_hostport { comment "CNI portmap plugin" ; }'))
})

t.test('making an attachment again replaces its own rules, in one process; the reference’s has them twice', async (t) => {
  const others = [nftRule(4, 'other'), nftRule(5, 'cid1', { address: '10.99.0.2' })]
  const { ran } = setUp({ present: [...others, nftRule(8, 'cid1'), nftRule(9, 'cid1', { chain: 'masquerading' }), registered(3, MARK)] })
  t.equal(ran.length, 1)
  t.strictSame(
    ran[0]?.filter((line) => line.startsWith('delete')),
    [
      'delete rule ip cni_hostport hostports handle 8',
      'delete rule ip cni_hostport masquerading handle 9',
      'delete rule ip selvedge_portmap attachments handle 3',
    ],
  )
})

t.test('removing takes the container’s rules of both families without a process, and no others', async (t) => {
  const ip = [nftRule(4, 'other'), nftRule(8, 'cid1'), nftRule(9, 'cid1', { chain: 'prerouting' }), registered(1, MARK)]
  const ip6 = [nftRule(2, 'cid1', { chain: 'hostip_hostports', address: 'fd00:20:3::2' }), registered(5, MARK, 'fd00:20:3::2')]
  t.strictSame(tearDown({ present: [...ip, ...ip6] }, dual), { left: [4, 9], started: 0 })
})

t.test('rules of the container’s other networks stay, which the reference takes too', async (t) => {
  const other = attachmentMark('othernet', 'cid1')
  const present = [nftRule(1, 'cid1'), nftRule(2, 'cid1', { address: '10.99.0.2' }), registered(3, other, '10.99.0.2')]
  t.strictSame(tearDown({ present }).left, [2, 3], 'by the address of the previous result')
  const unknown = testConfig({ backend: 'nftables', prevResult: undefined })
  t.strictSame(tearDown({ present }, unknown).left, [2, 3], 'by the register, when there is no previous result')
  t.strictSame(tearDown({ present: present.slice(0, 2) }, unknown).left, [], 'with neither, as in the reference')
})

t.test('an address that the previous result does not tell is found in the register', async (t) => {
  const present = [nftRule(1, 'cid1', { address: '10.20.3.9' }), registered(2, MARK, '10.20.3.9')]
  t.strictSame(tearDown({ present }).left, [])
})

t.test('an entry of the register whose rules the reference removed goes too', async (t) => {
  t.strictSame(tearDown({ present: [registered(1, MARK), registered(2, attachmentMark('mynet', 'other'))] }).left, [2])
})

t.test('[portmap 23] removing what is not there is no failure', async (t) => {
  t.strictSame(tearDown(), { left: [], started: 0 })
  t.strictSame(tearDown({ present: [nftRule(4, 'other')] }), { left: [4], started: 0 })
})

t.test('a rule that somebody else deleted meanwhile is no failure', async (t) => {
  const meanwhile = (_: number, present: unknown[]): void => void present.splice(0, 1)
  t.strictSame(tearDown({ present: [nftRule(8, 'cid1'), nftRule(9, 'cid1')], beforeRemoval: meanwhile }).left, [])
})

t.test('a rule that stays missing is told in the end', async (t) => {
  const gone = (): never => {
    throw Object.assign(new Error('no such rule'), { code: 'ENOENT' })
  }
  t.throws(() => tearDown({ present: [nftRule(8, 'cid1')], beforeRemoval: gone }), { code: 'ENOENT' })
})

t.test('another refusal is told at once', async (t) => {
  const refusing = (): never => {
    throw Object.assign(new Error('syntax error'), { code: 'ENFT' })
  }
  t.throws(() => setUp({ before: refusing }), { message: 'syntax error' })
})
