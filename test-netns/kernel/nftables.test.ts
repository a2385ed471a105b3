/** nftables transactions, generation numbers and set dumps on a real kernel; the witness is `nft -j`. */
import t from 'tap'
import { requires } from '../rig/requires.ts'
import { emptyNftHost, makeNftHost } from './nft-host.ts'

const needs = requires('root', 'nft')

const TABLE = `table inet t {
  set vips { type ipv4_addr . inet_proto . inet_service; }
  chain c { type filter hook input priority 0; ip daddr . meta l4proto . th dport @vips accept; }
}
`

t.test('a transaction makes everything in its script', needs, async (t) => {
  const { nft, witness } = emptyNftHost()
  nft.transaction(TABLE)
  t.match(witness('list', 'ruleset'), [
    { table: { family: 'inet', name: 't' } },
    { set: { name: 'vips', type: ['ipv4_addr', 'inet_proto', 'inet_service'] } },
    { chain: { name: 'c', hook: 'input', prio: 0 } },
    { rule: { chain: 'c' } },
  ])
})

for (const { what, script, code } of [
  {
    what: 'the kernel refuses',
    script: 'add chain inet t d\nadd element inet t vips { 10.0.0.1 . tcp . 80 }\ncreate table inet t\n',
    code: 'EEXIST',
  },
  { what: 'nft cannot resolve', script: 'add chain inet t d\nadd element inet t nowhere { 10.0.0.1 . tcp . 80 }\n', code: 'ENOENT' },
  {
    what: 'is an absent element to delete',
    script: 'add chain inet t d\ndelete element inet t vips { 10.0.0.1 . tcp . 80 }\n',
    code: 'ENOENT',
  },
  { what: 'is no nftables', script: 'add chain inet t d\nthis is no nftables\n', code: 'ENFT' },
]) {
  t.test(`a script in which one line ${what} changes nothing`, needs, async (t) => {
    const { nft, witness } = emptyNftHost()
    nft.transaction(TABLE)
    const before = { ruleset: witness('list', 'ruleset'), generation: nft.generation() }
    t.throws(() => nft.transaction(script), { name: 'NftError', code })
    t.strictSame({ ruleset: witness('list', 'ruleset'), generation: nft.generation() }, before)
  })
}

t.test('the generation number grows by one with each transaction, whoever makes it', needs, async (t) => {
  const { nft, host } = emptyNftHost()
  const growth = (action: () => unknown): number => {
    const before = nft.generation()
    action()
    return nft.generation() - before
  }
  t.equal(
    growth(() => nft.transaction(TABLE)),
    1,
    'a whole table',
  )
  t.equal(
    growth(() => nft.transaction('add element inet t vips { 10.0.0.1 . tcp . 80, 10.0.0.2 . tcp . 80 }\n')),
    1,
    'two elements',
  )
  t.equal(
    growth(() => host.exec('nft', 'add', 'table', 'ip', 'strange')),
    1,
    'a stranger with nft',
  )
  t.equal(
    growth(() => host.exec('nft', 'delete', 'element', 'inet', 't', 'vips', '{ 10.0.0.2 . tcp . 80 }')),
    1,
    'a stranger in our set',
  )
  t.equal(
    growth(() => host.exec('nft', 'flush', 'ruleset')),
    1,
    'a stranger who flushes everything',
  )
})

t.test('the generation number stays when nothing is changed', needs, async (t) => {
  const { nft, host } = emptyNftHost()
  nft.transaction(`${TABLE}table inet t { set brief { type ipv4_addr; timeout 1s; elements = { 10.0.0.1 timeout 100ms }; }; }\n`)
  const before = nft.generation()
  nft.listTable('inet', 't')
  nft.elements({ family: 'inet', table: 't', set: 'vips' })
  nft.transaction('')
  nft.transaction('# nothing\n')
  host.execWithInput('add chain inet t d\n', 'nft', '--check', '-f', '-')
  host.exec('nft', '-j', 'list', 'ruleset')
  await new Promise((later) => setTimeout(later, 150))
  t.strictSame(nft.elements({ family: 'inet', table: 't', set: 'brief' }), [], 'an element has timed out meanwhile')
  t.equal(nft.generation(), before)
  t.equal(makeNftHost(t).nft.generation(), 1, 'and another namespace has a number of its own')
})

t.test('a table is listed as nft -j lists it; terse leaves elements out; an absent one is undefined', needs, async (t) => {
  const { nft, witness } = emptyNftHost()
  nft.transaction(`${TABLE}add element inet t vips { 10.0.0.1 . tcp . 80 }\nadd table ip other\n`)
  t.strictSame(nft.listTable('inet', 't')?.slice(1), witness('list', 'table', 'inet', 't'))
  const sets = nft.listTable('inet', 't', { terse: true })?.filter((object) => 'set' in object)
  t.equal(sets?.length, 1)
  t.notMatch(JSON.stringify(sets), /10\.0\.0\.1/)
  t.equal(nft.listTable('ip', 't'), undefined)
  t.equal(nft.listTable('inet', 'T'), undefined)
})

t.test('names in a transaction of objects are never parsed', needs, async (t) => {
  const { nft, witness } = emptyNftHost()
  const name = 'a;flush ruleset"{'
  nft.transaction(TABLE)
  nft.transactionOf([{ chain: { family: 'inet', table: 't', name } }])
  t.match(JSON.stringify(witness('list', 'chains')), JSON.stringify(name).slice(1, -1))
  t.throws(() => nft.transactionOf([{ flush: { chain: { family: 'inet', table: 't', name: 'nope' } } }]), { code: 'ENOENT' })
})
