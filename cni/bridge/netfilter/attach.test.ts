import t from 'tap'
import { KernelError } from '#kernel/errno.ts'
import type { Cidr } from '#net/cidr.ts'
import { simulatedCall } from '../simulated-call.ts'
import { simulatedEdges } from '../simulated-edges.ts'
import { attachRules, detachRules } from './attach.ts'
import { listedRule, type SimulatedNetfilter, simulatedNetfilter } from './simulated-netfilter.ts'

const CHAIN = 'CNI-a631aa8e1549a3b129110fd2'
const MARK = 'd23676b4f2d9fe04-0b65a318f52e521b'
const NOTHING = { masquerade: false, masqueradeBackend: undefined, checkSource: false }
const EVERYTHING = { masquerade: true, masqueradeBackend: undefined, checkSource: true }

const call = simulatedCall(simulatedEdges(), {})

const made = (refuse: (line: string) => void = () => undefined): { log: string[]; edges: SimulatedNetfilter } => {
  const log: string[] = []
  const edges = simulatedNetfilter((line) => {
    refuse(line)
    log.push(line)
  })
  return { log, edges }
}

const DUAL: readonly Cidr[] = [
  { address: '10.1.2.2', prefixLength: 24 },
  { address: 'fd00:1:2::2', prefixLength: 64 },
]

const attach = (
  edges: SimulatedNetfilter,
  config: { masquerade?: boolean; masqueradeBackend?: string; checkSource?: boolean },
  addresses = DUAL,
): void => attachRules(edges, { call, config: { ...NOTHING, ...config }, port: 'veth1', mac: '02:00:00:00:00:01', addresses })

t.test('a config that asks for nothing has nothing done', (t) => {
  const { log, edges } = made()
  attach(edges, {})
  t.strictSame(log, [])
  t.end()
})

t.test('iptables: one process for each family that has an address', (t) => {
  const { log, edges } = made()
  attach(edges, { masquerade: true })
  t.match(log, [/^restore 4\n\*nat\n-N CNI-a631/, /^restore 6\n\*nat\n-N CNI-a631/])
  log.length = 0
  attach(edges, { masquerade: true }, DUAL.slice(0, 1))
  t.equal(log.length, 1)
  t.end()
})

t.test('iptables: a chain that is there, or may be, is listed first', (t) => {
  for (const variant of ['nf_tables', 'legacy'] as const) {
    const { log, edges } = made()
    edges.variant = variant
    edges.chains.add(`4 nat ${CHAIN}`)
    edges.saved[4] = `*nat\n:${CHAIN} - [0:0]\nCOMMIT\n`
    attach(edges, { masquerade: true }, DUAL.slice(0, 1))
    t.match(log, ['save 4', /^restore 4\n\*nat\n-F CNI-a631/], variant)
  }
  t.end()
})

t.test('nftables: one process for all families, in which the attachment’s old rules go', (t) => {
  const { log, edges } = made()
  const ours = { family: 'inet', table: 'cni_plugins_masquerade', chain: 'masq_checks' } as const
  edges.listed.push(
    listedRule({ ...ours, handle: 5, comment: `${MARK}, net: mynet` }),
    listedRule({ ...ours, handle: 6, comment: 'other' }),
  )
  attach(edges, { masquerade: true, masqueradeBackend: 'nftables' })
  t.equal(log.length, 1)
  t.strictSame(log[0]?.match(/delete .*/g), ['delete rule inet cni_plugins_masquerade masq_checks handle 5'])
  t.end()
})

t.test('a source check that cannot be made has the reference’s sentence', (t) => {
  const { edges } = made(() => {
    throw new Error('nft: no')
  })
  t.throws(() => attach(edges, { checkSource: true }), { message: 'failed to setup spoof-check: nft: no' })
  t.end()
})

const furnished = (refuse?: (line: string) => void): { log: string[]; edges: SimulatedNetfilter } => {
  const world = made(refuse)
  const { edges } = world
  edges.chains.add(`4 nat ${CHAIN}`).add('bridge nat PREROUTING')
  edges.chains.add('bridge nat cni-br-iface-cid1-eth0').add('bridge nat cni-br-iface-cid1-eth0-mac')
  edges.listed.push(
    listedRule({ handle: 3, jump: CHAIN, values: [Buffer.from([10, 1, 2, 2])] }),
    listedRule({ handle: 4, jump: 'CNI-other' }),
    listedRule({ family: 'bridge', chain: 'PREROUTING', handle: 5, comment: 'macspoofchk-cid1-eth0' }),
    listedRule({ family: 'bridge', chain: 'PREROUTING', handle: 6, comment: 'macspoofchk-cid1-eth01' }),
    listedRule({ family: 'inet', table: 'cni_plugins_masquerade', chain: 'masq_checks', handle: 7, comment: `${MARK}, net: x` }),
  )
  return world
}

t.test('rules of both packet filters go without a process, whatever the config says', (t) => {
  const { log, edges } = furnished()
  detachRules(edges, { call, config: NOTHING, kept: [] })
  t.strictSame(log, [
    'remove rule bridge nat PREROUTING 5',
    'remove chain bridge nat cni-br-iface-cid1-eth0',
    'remove chain bridge nat cni-br-iface-cid1-eth0-mac',
    'remove rule inet cni_plugins_masquerade masq_checks 7',
    'remove rule 4 nat POSTROUTING 3',
    `remove chain 4 nat ${CHAIN}`,
  ])
  log.length = 0
  detachRules(edges, { call, config: EVERYTHING, kept: [] })
  t.strictSame(log, [], 'the second time nothing is left to do')
  t.end()
})

t.test('the chain stays when a rule leads to it for an address that the container still has', (t) => {
  const { log, edges } = furnished()
  edges.listed.push(listedRule({ handle: 8, jump: CHAIN, values: [Buffer.from([10, 1, 2, 9])] }))
  detachRules(edges, { call, config: NOTHING, kept: ['10.1.2.9', 'fe80::1'] })
  t.strictSame(
    log.filter((line) => line.includes('4 nat')),
    ['remove rule 4 nat POSTROUTING 3'],
  )
  t.end()
})

t.test('what somebody else removes at the same time is looked up again', (t) => {
  let refusals = 2
  const { log, edges } = furnished((line) => {
    if (line.startsWith('remove rule 4') && refusals-- > 0) throw new KernelError('delete', 2)
  })
  detachRules(edges, { call, config: EVERYTHING, kept: [] })
  t.ok(log.includes(`remove chain 4 nat ${CHAIN}`))
  t.end()
})

t.test('a failure counts where the config asks for masquerading; that of a source check is only told', (t) => {
  const refuse = (): never => {
    throw new KernelError('delete', 1)
  }
  const { edges } = furnished(refuse)
  t.throws(() => detachRules(edges, { call, config: EVERYTHING, kept: [] }), { code: 'EPERM' })
  t.strictSame(call.warnings, ['failed to teardown spoof-check: delete: operation not permitted'])
  t.doesNotThrow(() => detachRules(edges, { call, config: NOTHING, kept: [] }))
  t.equal(call.warnings.length, 1)
  t.end()
})

t.test('legacy iptables has its rules removed by itself', (t) => {
  const { log, edges } = made()
  edges.variant = 'legacy'
  edges.saved[4] = `*nat\n:${CHAIN} - [0:0]\n-A POSTROUTING -s 10.1.2.2/32 -j ${CHAIN}\nCOMMIT\n`
  detachRules(edges, { call, config: EVERYTHING, kept: [] })
  const script = `*nat\n-D POSTROUTING -s 10.1.2.2/32 -j ${CHAIN}\n-F ${CHAIN}\n-X ${CHAIN}\nCOMMIT\n`
  t.strictSame(log, ['save 4', `restore 4\n${script}`, 'save 6'])
  detachRules(edges, { call, config: NOTHING, kept: [] })
  t.equal(log.length, 3, 'no process where the config asks for nothing')
  t.end()
})
