/** What the proxy asks once a second, on a real kernel: the ruleset's generation over one socket, and news of links, addresses and routes. */
import t from 'tap'
import { openNamespace } from '#kernel/namespace.ts'
import { type Heard, openNews } from '#kernel/netlink/news.ts'
import { openGenerationReader } from '#kernel/nftables-generation.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import type { Route } from '#kernel/rtnetlink/types.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { requires } from '../rig/requires.ts'

const NEEDS = requires('root', 'nft', 'ip')

const opened = (owner: Owner, label: string) => {
  const host = makeNamespace(owner, label)
  const namespace = openNamespace(host.path)
  owner.teardown(() => namespace.close())
  return { host, namespace }
}

const nft = (host: NetNamespace, script: string): void => void host.execWithInput(script, 'nft', '-f', '-')

t.test('the generation follows every transaction in its namespace, and none elsewhere', NEEDS, async (t) => {
  const [{ host, namespace }, other] = [opened(t, 'generation'), opened(t, 'other')]
  const reader = openGenerationReader(namespace)
  t.teardown(() => reader.close())
  const before = reader.read()
  t.equal(reader.read(), before)
  nft(other.host, 'add table inet a')
  t.equal(reader.read(), before)
  nft(host, 'add table inet a')
  t.equal(reader.read(), before + 1)
  host.exec('nft', 'flush', 'ruleset')
  t.equal(reader.read(), before + 2)
  t.equal(host.exec('nft', 'list', 'ruleset'), '')
})

const PROTOCOL = 83

/** A node with links `one`, `two` and `three`, and who listens to it and writes routes there. */
const listened = (owner: Owner, label: string) => {
  const { host, namespace } = opened(owner, label)
  for (const name of ['one', 'two', 'three']) host.ip(`link add ${name} type bridge`, `link set ${name} up`)
  const rtnetlink = openRtnetlink(namespace)
  const news = openNews({ protocol: PROTOCOL, writer: rtnetlink.port }, namespace)
  owner.teardown(() => {
    for (const open of [rtnetlink, news]) open.close()
  })
  const index = (name: string): number => rtnetlink.link(name)?.index ?? 0
  return { host, rtnetlink, news, index }
}

/** In the words of this test; a link by its index. */
const kinds = ({ missed, links, addresses, routes }: Heard): (string | number)[] => [
  ...links,
  ...(missed ? ['missed'] : []),
  ...(addresses ? ['addresses'] : []),
  ...(routes ? ['routes'] : []),
]

t.test('a link that comes, goes down, goes to another namespace or is deleted is news', NEEDS, async (t) => {
  const { host, news, index } = listened(t, 'links')
  const other = opened(t, 'elsewhere')
  const [one, two] = [index('one'), index('two')]
  t.same(kinds(news.heard()), [])
  const steps = [
    ['link set one down', one],
    ['link set two down', two],
    ['link delete two', two],
  ] as const
  for (const [step, link] of steps) {
    host.ip(step)
    t.same(kinds(news.heard()), [link], step)
    t.same(kinds(news.heard()), [])
  }
  host.ip('link add four type veth peer five')
  const [four, five] = [index('four'), index('five')]
  t.same(kinds(news.heard()).toSorted(), [four, five].toSorted())
  host.exec('ip', 'link', 'set', 'four', 'netns', other.host.path)
  t.match(news.heard(), { links: new Set([four]) }, 'it went to another namespace')
  other.host.ip('link add six type bridge')

  t.same(kinds(news.heard()), [], 'what happens elsewhere is not')
})

t.test('an address that comes or goes is news, unless it is of one link alone', NEEDS, async (t) => {
  const { host, news } = listened(t, 'addresses')
  news.heard()
  for (const verb of ['add', 'delete']) {
    for (const address of ['192.0.2.1/24', '2001:db8::1/64', 'fd00::1/128']) {
      host.ip(`address ${verb} ${address} dev one`)
      t.same(kinds(news.heard()), ['addresses'], `${verb} ${address}`)
    }
    for (const address of ['fe80::77/64', '169.254.7.7/32 scope link']) {
      host.ip(`address ${verb} ${address} dev one`)
      t.same(kinds(news.heard()), [], `${verb} ${address}`)
    }
  }
})

/** `ip route add local ADDRESS dev one table local proto N`. */
const localRoute = (address: string, link: number, protocol = PROTOCOL): Route => ({
  ...{ family: address.includes(':') ? 6 : 4, type: 'local', table: 255, scope: 254, protocol, link },
  destination: { address, prefixLength: address.includes(':') ? 128 : 32 },
})

t.test(
  'routes of the protocol that others delete are news; what the writer does, and routes of other protocols, are not',
  NEEDS,
  async (t) => {
    const { host, news, rtnetlink, index } = listened(t, 'routes')
    const one = index('one')
    news.heard()
    for (const [address, family] of [
      ['10.96.0.1', '-4'],
      ['fd00:96::1', '-6'],
    ] as const) {
      rtnetlink.addRoute(localRoute(address, one))
      rtnetlink.deleteRoute(localRoute(address, one))
      rtnetlink.addRoute(localRoute(address, one))
      t.same(kinds(news.heard()), [], 'the writer’s own')
      host.exec('ip', family, 'route', 'delete', 'local', address, 'dev', 'one', 'table', 'local')
      t.same(kinds(news.heard()), ['routes'])
      host.exec('ip', family, 'route', 'add', 'local', address, 'dev', 'one', 'table', 'local', 'proto', '84')
      host.exec('ip', family, 'route', 'delete', 'local', address, 'dev', 'one', 'table', 'local')
      t.same(kinds(news.heard()), [], 'another protocol’s')
    }
  },
)

t.test('ten thousand routes of the writer leave nothing to read', NEEDS, async (t) => {
  const { news, rtnetlink, index } = listened(t, 'load')
  const one = index('one')
  news.heard()
  const routes = Array.from({ length: 10_000 }, (_, number) => localRoute(`10.96.${number >> 8}.${number & 255}`, one))
  for (const verb of ['replace', 'delete'] as const) {
    const outcomes = rtnetlink.batchRoutes(routes.map((route) => ({ verb, route })))
    t.same(
      outcomes.filter((outcome) => outcome !== undefined),
      [],
    )
    t.same(kinds(news.heard()), [], 'nor was anything lost')
  }
})

t.test('more changes than the queue holds are news, and so is what comes after them', NEEDS, async (t) => {
  const { host, news, index } = listened(t, 'flood')
  news.heard()
  // Each change is some two kilobytes in a queue of four megabytes.
  const flood = Array.from({ length: 8_000 }, (_, number) => `link set one alias a${number}\n`).join('')
  host.execWithInput(flood, 'ip', '-batch', '-')
  t.same(kinds(news.heard()), ['missed'])
  t.same(kinds(news.heard()), ['missed'], 'what was lost with them')
  t.same(kinds(news.heard()), [])
  const one = index('one')
  host.ip('link delete one')
  t.same(kinds(news.heard()), [one])
})
