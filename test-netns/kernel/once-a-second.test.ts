/** What the proxy asks once a second, on a real kernel: the ruleset's generation over one socket, and news of links. */
import t from 'tap'
import { openNamespace } from '#kernel/namespace.ts'
import { openLinkNews } from '#kernel/netlink/news.ts'
import { openGenerationReader } from '#kernel/nftables-generation.ts'
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

t.test('a link that comes, goes down, changes its namespace or is deleted is news', NEEDS, async (t) => {
  const [{ host, namespace }, other] = [opened(t, 'links'), opened(t, 'elsewhere')]
  const news = openLinkNews(namespace)
  t.teardown(() => news.close())
  t.same([news.heard(), news.heard()], [true, false])
  const steps = ['link add one type bridge', 'link set one up', 'link set one down', 'link delete one', 'link add two type veth peer three']
  for (const step of steps) {
    host.ip(step)
    t.equal(news.heard(), true, step)
    t.equal(news.heard(), false)
  }
  host.exec('ip', 'link', 'set', 'two', 'netns', other.host.path)
  t.equal(news.heard(), true, 'it went to another namespace')
})

t.test('what happens elsewhere, and what is no link, is no news', NEEDS, async (t) => {
  const [{ host, namespace }, other] = [opened(t, 'here'), opened(t, 'there')]
  const news = openLinkNews(namespace)
  t.teardown(() => news.close())
  news.heard()
  other.host.ip('link add one type bridge')
  host.ip('address add 192.0.2.1/32 dev lo', 'route add local 192.0.2.2 dev lo')
  t.equal(news.heard(), false)
})

t.test('more changes than the queue holds are news, and so is what comes after them', NEEDS, async (t) => {
  const { host, namespace } = opened(t, 'flood')
  const news = openLinkNews(namespace)
  t.teardown(() => news.close())
  news.heard()
  host.ip('link add one type bridge', 'link set one up')
  // Each change is some two kilobytes in a queue of four megabytes.
  const flood = Array.from({ length: 8_000 }, (_, index) => `link set one alias a${index}\n`).join('')
  host.execWithInput(flood, 'ip', '-batch', '-')
  t.equal(news.heard(), true)
  t.equal(news.heard(), true, 'what was lost with them')
  t.equal(news.heard(), false)
  host.ip('link delete one')
  t.equal(news.heard(), true)
})
