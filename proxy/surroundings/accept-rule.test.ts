import t from 'tap'
import type { NftBaseChain } from '#kernel/nftables-base-chains.ts'
import { COMMENT, chainText, insertCommand, isForeignFilter, legacyChanges, legacyRemovals, nftChange } from './accept-rule.ts'
import { parseLegacyTable } from './legacy-table.ts'

const chain = (tweaks: Partial<NftBaseChain> = {}): NftBaseChain => ({
  family: 'inet',
  table: 'filter',
  chain: 'input',
  hook: 'input',
  type: 'filter',
  priority: 0,
  policy: 'drop',
  ...tweaks,
})
const rule = (handle: number, comment?: string) => ({
  handle,
  conditional: true,
  refuses: false,
  ...(comment !== undefined && { comment }),
})

t.test('only filter chains of IP packets on their way in, through or out are looked at, and never ours', async (t) => {
  t.equal(isForeignFilter(chain()), true)
  t.equal(isForeignFilter(chain({ family: 4, chain: 'FORWARD', hook: 'forward' })), true)
  for (const other of [
    { hook: 'prerouting' },
    { hook: 'postrouting' },
    { type: 'nat' },
    { family: 'bridge' },
    { table: 'selvedge' },
  ] as const)
    t.equal(isForeignFilter(chain(other)), false, JSON.stringify(other))
  t.equal(isForeignFilter(chain({ family: 4, table: 'selvedge' })), true, 'ours is of family inet')
})

t.test('a chain that refuses the rest gets our rule once', async (t) => {
  t.same(
    nftChange(chain(), () => [rule(3)]),
    { verb: 'add' },
  )
  t.equal(
    nftChange(chain(), () => [rule(3), rule(4, COMMENT)]),
    undefined,
    'wherever it stands',
  )
  t.same(
    nftChange(chain(), () => [rule(4, COMMENT), rule(5, COMMENT)]),
    { verb: 'remove', rules: [rule(5, COMMENT)] },
    'a second one goes',
  )
})

t.test('it goes when the chain lets packets through again', async (t) => {
  t.same(
    nftChange(chain({ policy: 'accept' }), () => [rule(4, COMMENT)]),
    { verb: 'remove', rules: [rule(4, COMMENT)] },
  )
  t.equal(
    nftChange(chain({ policy: 'accept' }), () => [rule(4, 'somebody’s')]),
    undefined,
  )
})

t.test('the rule is JSON for nft: names of others are never parsed', async (t) => {
  const hostile = chain({ family: 6, table: 'x; flush ruleset', chain: 'in' })
  t.equal(chainText(hostile), 'ip6 x; flush ruleset in')
  t.same(insertCommand(hostile), {
    insert: {
      rule: {
        family: 'ip6',
        table: 'x; flush ruleset',
        chain: 'in',
        comment: 'selvedge: packets of Services',
        expr: [{ match: { op: '!=', left: { '&': [{ meta: { key: 'mark' } }, 0x1000] }, right: 0 } }, { accept: null }],
      },
    },
  })
})

const LEGACY = `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT DROP [0:0]
-A FORWARD -m mark ! --mark 0x0/0x1000 -m comment --comment "selvedge: packets of Services" -j ACCEPT
COMMIT
`

t.test('legacy iptables: the same, as commands of iptables-restore', async (t) => {
  t.same(legacyChanges(parseLegacyTable(LEGACY)), [
    {
      chain: 'INPUT',
      verb: 'add',
      commands: ['-I INPUT 1 -m mark ! --mark 0x0/0x1000 -m comment --comment "selvedge: packets of Services" -j ACCEPT'],
    },
    {
      chain: 'FORWARD',
      verb: 'remove',
      commands: ['-D FORWARD -m mark ! --mark 0x0/0x1000 -m comment --comment "selvedge: packets of Services" -j ACCEPT'],
    },
    {
      chain: 'OUTPUT',
      verb: 'add',
      commands: ['-I OUTPUT 1 -m mark ! --mark 0x0/0x1000 -m comment --comment "selvedge: packets of Services" -j ACCEPT'],
    },
  ])
  t.same(
    legacyRemovals(parseLegacyTable(LEGACY)).map(({ chain, verb }) => [chain, verb]),
    [['FORWARD', 'remove']],
  )
})
