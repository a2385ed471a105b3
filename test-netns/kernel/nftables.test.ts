/** nftables transactions, generation numbers and set dumps on a real kernel; the witness is `nft -j`. */
import t from 'tap'
import { openCommands } from '#kernel/command.ts'
import { inNamespace, openNamespace } from '#kernel/namespace.ts'
import { type Nftables, openNftables } from '#kernel/nftables.ts'
import { addressBytes } from '#net/address.ts'
import { PROTOCOL_NUMBER, type Protocol } from '#net/protocol.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { requires } from '../rig/requires.ts'

const needs = requires('root', 'nft')

interface NftHost {
  readonly host: NetNamespace
  readonly nft: Nftables
  /** What `nft -j` prints, without its own version. */
  witness(...words: string[]): unknown[]
}

/** A namespace with nftables of its own; our nft runs inside it. */
const nftHost = (owner: Owner): NftHost => {
  const host = makeNamespace(owner, 'nft')
  const namespace = openNamespace(host.path)
  owner.teardown(() => namespace.close())
  const kernel = openNftables(openCommands())
  const nft: Nftables = {
    transaction: (script) => inNamespace(namespace, () => kernel.transaction(script)),
    listTable: (...table) => inNamespace(namespace, () => kernel.listTable(...table)),
    generation: () => kernel.generation(namespace),
    elements: (set) => kernel.elements(set, namespace),
  }
  const witness = (...words: string[]): unknown[] => JSON.parse(host.exec('nft', '-j', ...words)).nftables.slice(1)
  return { host, nft, witness }
}

const TABLE = `table inet t {
  set vips { type ipv4_addr . inet_proto . inet_service; }
  chain c { type filter hook input priority 0; ip daddr . meta l4proto . th dport @vips accept; }
}
`

t.test('a transaction makes everything in its script', needs, async (t) => {
  const { nft, witness } = nftHost(t)
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
    const { nft, witness } = nftHost(t)
    nft.transaction(TABLE)
    const before = { ruleset: witness('list', 'ruleset'), generation: nft.generation() }
    t.throws(() => nft.transaction(script), { name: 'NftError', code })
    t.strictSame({ ruleset: witness('list', 'ruleset'), generation: nft.generation() }, before)
  })
}

t.test('the generation number grows by one with each transaction, whoever makes it', needs, async (t) => {
  const { nft, host } = nftHost(t)
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
  const { nft, host } = nftHost(t)
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
  t.equal(nftHost(t).nft.generation(), 1, 'and another namespace has a number of its own')
})

t.test('a table is listed as nft -j lists it; terse leaves elements out; an absent one is undefined', needs, async (t) => {
  const { nft, witness } = nftHost(t)
  nft.transaction(`${TABLE}add element inet t vips { 10.0.0.1 . tcp . 80 }\nadd table ip other\n`)
  t.strictSame(nft.listTable('inet', 't')?.slice(1), witness('list', 'table', 'inet', 't'))
  const sets = nft.listTable('inet', 't', { terse: true })?.filter((object) => 'set' in object)
  t.equal(sets?.length, 1)
  t.notMatch(JSON.stringify(sets), /10\.0\.0\.1/)
  t.equal(nft.listTable('ip', 't'), undefined)
  t.equal(nft.listTable('inet', 'T'), undefined)
})

/** The bytes of one field of a key, as nft prints it. */
const fieldBytes = (field: unknown): Buffer => {
  if (typeof field === 'number') return Buffer.of(field >> 8, field & 0xff, 0, 0)
  const protocol = PROTOCOL_NUMBER[field as Protocol]
  return protocol === undefined ? Buffer.from(addressBytes(String(field))) : Buffer.of(protocol, 0, 0, 0)
}

/** Keys of a set in hex, sorted, from what `nft -j list set` prints. */
const keysShown = (objects: unknown[]): string[] => {
  const { set } = objects[0] as { set: { elem?: (string | { concat: unknown[] })[] } }
  const fieldsOf = (element: string | { concat: unknown[] }): unknown[] => (typeof element === 'string' ? [element] : element.concat)
  return (set.elem ?? []).map((element) => Buffer.concat(fieldsOf(element).map(fieldBytes)).toString('hex')).sort()
}

const SETS = [
  {
    name: 'addresses, protocols and ports',
    type: 'ipv4_addr . inet_proto . inet_service',
    // Too many for one datagram.
    elements: Array.from(
      { length: 3_000 },
      (_, index) => `10.96.${index >> 8}.${index & 0xff} . ${index % 2 ? 'tcp' : 'udp'} . ${index + 1}`,
    ),
  },
  { name: 'IPv6 addresses, protocols and ports', type: 'ipv6_addr . inet_proto . inet_service', elements: ['fd00:96::1 . sctp . 443'] },
  { name: 'protocols and ports', type: 'inet_proto . inet_service', elements: ['tcp . 30080', 'udp . 30053'] },
  { name: 'pairs of addresses', type: 'ipv4_addr . ipv4_addr', elements: ['10.244.1.2 . 10.244.1.2'] },
  { name: 'single addresses', type: 'ipv4_addr', elements: ['10.0.0.1', '255.255.255.255'] },
  { name: 'nothing', type: 'ipv4_addr', elements: [] },
]

for (const { name, type, elements } of SETS) {
  t.test(`the dump of a set of ${name} has the keys that nft -j shows`, needs, async (t) => {
    const { nft, witness } = nftHost(t)
    const contents = elements.length > 0 ? `elements = { ${elements.join(', ')} };` : ''
    nft.transaction(`table inet t {\n set s { type ${type}; ${contents} }\n}\n`)
    const dumped = nft.elements({ family: 'inet', table: 't', set: 's' })
    t.equal(dumped.length, elements.length)
    t.equal(
      dumped
        .map(({ key }) => key.toString('hex'))
        .sort()
        .join(' '),
      keysShown(witness('list', 'set', 'inet', 't', 's')).join(' '),
    )
    t.notOk(dumped.some(({ intervalEnd, keyEnd }) => intervalEnd || keyEnd !== undefined))
  })
}

t.test('ranges are dumped with their ends', needs, async (t) => {
  const { nft } = nftHost(t)
  nft.transaction(`table inet t {
    set plain { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }
    set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 80-90 }; }
  }\n`)
  const plain = nft.elements({ family: 'inet', table: 't', set: 'plain' })
  t.strictSame(plain.map(({ key, intervalEnd }) => `${key.join('.')} ${intervalEnd}`).sort(), [
    '0.0.0.0 true',
    '10.0.0.0 false',
    '11.0.0.0 true',
  ])
  t.strictSame(nft.elements({ family: 'inet', table: 't', set: 'pairs' }), [
    { key: Buffer.of(10, 0, 0, 0, 0, 80, 0, 0), keyEnd: Buffer.of(10, 255, 255, 255, 0, 90, 0, 0), intervalEnd: false },
  ])
})

t.test('a set or table that is not there is ENOENT', needs, async (t) => {
  const { nft } = nftHost(t)
  t.throws(() => nft.elements({ family: 'inet', table: 't', set: 's' }), { code: 'ENOENT' })
  nft.transaction(TABLE)
  t.throws(() => nft.elements({ family: 'inet', table: 't', set: 's' }), { code: 'ENOENT' })
  t.throws(() => nft.elements({ family: 'ip', table: 't', set: 'vips' }), { code: 'ENOENT' })
})
