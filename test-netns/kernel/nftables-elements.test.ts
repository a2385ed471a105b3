/** Dumps of nftables sets over netlink; the witness is `nft -j`. */
import t from 'tap'
import { addressBytes } from '#net/address.ts'
import { PROTOCOL_NUMBER, type Protocol } from '#net/protocol.ts'
import { requires } from '../rig/requires.ts'
import { emptyNftHost } from './nft-host.ts'

const needs = requires('root', 'nft')

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
      { length: 1_500 },
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
    const { nft, witness } = emptyNftHost()
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
  const { nft } = emptyNftHost()
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
  const { nft } = emptyNftHost()
  t.throws(() => nft.elements({ family: 'inet', table: 't', set: 's' }), { code: 'ENOENT' })
  nft.transaction('add table inet t\nadd set inet t vips { type ipv4_addr; }\n')
  t.throws(() => nft.elements({ family: 'inet', table: 't', set: 's' }), { code: 'ENOENT' })
  t.throws(() => nft.elements({ family: 'ip', table: 't', set: 'vips' }), { code: 'ENOENT' })
})
