import t from 'tap'
import { forwardsByFamily } from './forwards.ts'
import { setUpNftables, tearDownNftables } from './nftables-backend.ts'
import { previousResult, testConfig } from './testing/call.ts'
import { listedRule, type SimulatedNftables, type SimulatedNftablesOptions, simulatedNftables } from './testing/simulated-nftables.ts'

const config = testConfig({ backend: 'nftables' })
const dual = testConfig({ backend: 'nftables', prevResult: previousResult(4, 6) })

const setUp = (options?: SimulatedNftablesOptions, of = config): SimulatedNftables => {
  const simulated = simulatedNftables(options)
  setUpNftables({ ...simulated, config: of }, forwardsByFamily(of))
  return simulated
}

const tearDown = (options?: SimulatedNftablesOptions): SimulatedNftables => {
  const simulated = simulatedNftables(options)
  tearDownNftables({ ...simulated, config })
  return simulated
}

t.test('on a fresh host both families are one process', async (t) => {
  const { ran } = setUp({}, dual)
  t.equal(ran.length, 1)
  t.match(ran[0], ['add table ip cni_hostport { comment "CNI portmap plugin" ; }'])
  t.ok(ran[0]?.includes('add table ip6 cni_hostport { comment "CNI portmap plugin" ; }'))
})

t.test('on a host in use a family is listed first, and the attachment’s own rules are replaced', async (t) => {
  const others = [listedRule('hostports', 4, 'other'), listedRule('hostports', 5, 'cid1', '10.99.0.2'), { chain: { name: 'hostports' } }]
  const { ran } = setUp({ tables: { ip: [...others, listedRule('hostports', 8, 'cid1'), listedRule('masquerading', 9, 'cid1')] } })
  t.equal(ran[0], 'list ip')
  t.equal(ran.length, 2)
  const deletions = [...(ran[1] ?? [])].filter((line) => line.startsWith('delete'))
  t.strictSame(deletions, ['delete rule ip cni_hostport hostports handle 8', 'delete rule ip cni_hostport masquerading handle 9'])
})

t.test('removing deletes the container’s rules of both families in one transaction, and no others', async (t) => {
  const ip = [listedRule('hostports', 4, 'other'), listedRule('hostports', 8, 'cid1'), listedRule('prerouting', 9, 'cid1')]
  const ip6 = [listedRule('hostip_hostports', 2, 'cid1'), listedRule('masquerading', 3, 'cid1')]
  t.strictSame(tearDown({ tables: { ip, ip6 } }).ran, [
    'list ip',
    'list ip6',
    [
      'delete rule ip cni_hostport hostports handle 8',
      'delete rule ip6 cni_hostport hostip_hostports handle 2',
      'delete rule ip6 cni_hostport masquerading handle 3',
    ],
  ])
})

t.test('[portmap 23] removing what is not there is no process without tables, and no transaction with them', async (t) => {
  t.strictSame(tearDown().ran, [])
  t.strictSame(tearDown({ tables: { ip: [listedRule('hostports', 4, 'other')] } }).ran, ['list ip'])
})

const gone = (): never => {
  throw Object.assign(new Error('No such file or directory'), { code: 'ENOENT' })
}

t.test('a rule that somebody else deleted meanwhile is no failure', async (t) => {
  const ip = [listedRule('hostports', 8, 'cid1'), listedRule('masquerading', 9, 'cid1')]
  const meanwhile = (): void => {
    if (ip.shift() !== undefined) gone()
  }
  t.strictSame(tearDown({ tables: { ip }, before: meanwhile }).ran, [
    'list ip',
    ['delete rule ip cni_hostport hostports handle 8', 'delete rule ip cni_hostport masquerading handle 9'],
    'list ip',
    ['delete rule ip cni_hostport masquerading handle 9'],
    'list ip',
  ])
})

t.test('something else that is missing is told after one more listing', async (t) => {
  const simulated = simulatedNftables({ tables: { ip: [listedRule('hostports', 8, 'cid1')] }, before: gone })
  t.throws(() => tearDownNftables({ ...simulated, config }), { code: 'ENOENT' })
  t.equal(simulated.ran.length, 3)
})

t.test('another refusal is told at once', async (t) => {
  const refusing = (): never => {
    throw Object.assign(new Error('syntax error'), { code: 'ENFT' })
  }
  t.throws(() => setUp({ before: refusing }), { message: 'syntax error' })
})
