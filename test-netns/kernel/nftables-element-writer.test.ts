/** Elements written over netlink; the witness is `nft -j`. */
import t from 'tap'
import { openNamespace } from '#kernel/namespace.ts'
import { openElementWriter, type WrittenElement } from '#kernel/nftables-elements.ts'
import { addressBytes } from '#net/address.ts'
import { requires } from '../rig/requires.ts'
import { emptyNftHost, type NftHost } from './nft-host.ts'

const needs = requires('root', 'nft')
const TABLE = { family: 'inet', table: 't' } as const

const SETS = `table inet t {
  set vips { type ipv4_addr . inet_proto . inet_service; }
  map marks { type ipv4_addr . inet_proto . inet_service : mark; }
  set sources { type ipv4_addr . inet_proto . inet_service . ipv4_addr; flags interval; }
}
`
const key = (address: string, port: number): Buffer =>
  Buffer.concat([addressBytes(address), Buffer.of(6, 0, 0, 0), Buffer.of(port >> 8, port & 255, 0, 0)])

const makeHost = (): NftHost & { writer: ReturnType<typeof openElementWriter> } => {
  const host = emptyNftHost()
  host.nft.transaction(SETS)
  const namespace = openNamespace(host.host.path)
  const writer = openElementWriter(namespace)
  namespace.close()
  t.teardown(() => writer.close())
  return { ...host, writer }
}

const shown = ({ witness }: NftHost, kind: 'set' | 'map', name: string): unknown =>
  (witness('list', kind, 'inet', 't', name)[0] as Record<string, { elem?: unknown }>)[kind]?.elem

t.test('elements of sets, maps and sets of networks are what nft shows', needs, async (t) => {
  const host = makeHost()
  const network = {
    key: Buffer.concat([key('192.0.2.7', 443), addressBytes('198.51.100.0')]),
    keyEnd: Buffer.concat([key('192.0.2.7', 443), addressBytes('198.51.100.255')]),
  }
  const mark: WrittenElement = { key: key('192.0.2.7', 443), data: Buffer.of(0, 0x20, 1, 0) }
  host.writer.change(TABLE, [
    { verb: 'add', set: 'vips', elements: [{ key: key('10.96.0.1', 80) }] },
    { verb: 'add', set: 'marks', elements: [mark] },
    { verb: 'add', set: 'sources', elements: [network] },
  ])
  t.same(shown(host, 'set', 'vips'), [{ concat: ['10.96.0.1', 'tcp', 80] }])
  t.same(shown(host, 'map', 'marks'), [[{ concat: ['192.0.2.7', 'tcp', 443] }, 0x12000]])
  t.same(shown(host, 'set', 'sources'), [{ concat: ['192.0.2.7', 'tcp', 443, { prefix: { addr: '198.51.100.0', len: 24 } }] }])
  host.writer.change(TABLE, [
    { verb: 'delete', set: 'vips', elements: [{ key: key('10.96.0.1', 80) }] },
    { verb: 'delete', set: 'marks', elements: [{ key: mark.key }] },
    { verb: 'delete', set: 'sources', elements: [network] },
  ])
  t.same([shown(host, 'set', 'vips'), shown(host, 'map', 'marks'), shown(host, 'set', 'sources')], [undefined, undefined, undefined])
})

t.test('a transaction of which several messages are refused leaves the next one alone', needs, async (t) => {
  const { writer } = makeHost()
  const missing = (set: string) => ({ verb: 'delete' as const, set, elements: [{ key: key('10.96.0.9', 80) }] })
  t.throws(() => writer.change(TABLE, [missing('vips'), missing('marks')]), { code: 'ENOENT' })
  for (const port of [80, 81, 82])
    t.doesNotThrow(() =>
      writer.change(TABLE, [{ verb: 'add', set: 'vips', elements: [{ key: key('10.96.0.1', port) }, { key: key('10.96.0.2', port) }] }]),
    )
})

t.test('thousands of elements are one transaction', needs, async (t) => {
  const host = makeHost()
  const elements = Array.from({ length: 4_000 }, (_, index) => ({ key: key(`10.96.${index >> 8}.${index & 255}`, 80) }))
  const before = host.nft.generation()
  t.equal(host.writer.change(TABLE, [{ verb: 'add', set: 'vips', elements }], before), before + 1)
  t.equal(host.nft.elements({ ...TABLE, set: 'vips' }).length, 4_000)
})

t.test('the generation that is returned is the kernel’s own', needs, async (t) => {
  const host = makeHost()
  const element = { key: key('10.96.0.1', 80) }
  const add = [{ verb: 'add', set: 'vips', elements: [element] }] as const
  const first = host.nft.generation()
  const second = host.writer.change(TABLE, add, first)
  t.equal(second, first + 1)
  t.equal(host.nft.generation(), second)
  t.equal(host.writer.change(TABLE, add, second), second, 'what is there already changes nothing')
  t.equal(host.nft.generation(), second)
  host.host.exec('nft', 'add', 'table', 'inet', 'foreign')
  const more = [{ verb: 'add', set: 'vips', elements: [{ key: key('10.96.0.2', 80) }] }] as const
  t.equal(host.writer.change(TABLE, more, second), undefined, 'somebody else was here in between')
  t.equal(host.nft.elements({ ...TABLE, set: 'vips' }).length, 2, 'and the change is made all the same')
})

t.test('a transaction that the kernel refuses changes nothing', needs, async (t) => {
  const host = makeHost()
  const before = host.nft.generation()
  const changes = [
    { verb: 'add', set: 'vips', elements: [{ key: key('10.96.0.1', 80) }] },
    { verb: 'delete', set: 'vips', elements: [{ key: key('10.96.0.9', 80) }] },
  ] as const
  t.throws(() => host.writer.change(TABLE, changes, before), { code: 'ENOENT' })
  t.equal(shown(host, 'set', 'vips'), undefined)
  t.throws(() => host.writer.change(TABLE, [{ ...changes[0], set: 'unknown' }]), { code: 'ENOENT' })
})
