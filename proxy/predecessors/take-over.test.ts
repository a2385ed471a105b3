import t from 'tap'
import type { NftRemoval } from '#kernel/nftables-rule-messages.ts'
import type { NftVerdictRule } from '#kernel/nftables-verdicts.ts'
import type { Link, LinkAddress, Route } from '#kernel/rtnetlink/types.ts'
import { createFakeScheduler } from '../services/testing/fake-scheduler.ts'
import { leftBehind, type TakeOverEdges, takeOver } from './take-over.ts'
import { takeOverWhenReady } from './when-ready.ts'

const linkOf = (index: number, name: string, kind = 'dummy'): Link => ({
  ...{ index, name, kind, mtu: 1500, mac: '', up: true, operState: 'unknown', promiscuity: 0 },
})
const on = (link: number, address: string, prefixLength: number): LinkAddress => ({ link, address, prefixLength, scope: 0, flags: 0x80 })
const rule = (handle: number, jump: string): NftVerdictRule => ({ handle, conditional: true, refuses: false, jump })

const LEGACY = `*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -j MINE
COMMIT
`

/** A node where kube-router ran, by nf_tables, and kube-proxy, by legacy iptables. */
const scene = ({ links = [linkOf(1, 'lo', ''), linkOf(5, 'kube-dummy-if'), linkOf(6, 'kube-ipvs0')] } = {}) => {
  const done: string[] = []
  let routes: Route[] = [{ family: 4, destination: { address: '10.96.0.1', prefixLength: 32 }, link: 5, protocol: 83 }]
  const state = { rules: [rule(3, 'KUBE-ROUTER-SERVICES'), rule(4, 'MINE')] }
  const edges: TakeOverEdges = {
    rtnetlink: {
      link: (name) => links.find((each) => each.name === name),
      addresses: ({ link = 0 } = {}) =>
        [on(5, '10.96.0.1', 32), on(5, 'fd00:96::1', 128), on(5, 'fe80::1', 64), on(6, '10.96.0.2', 32)].filter(
          (each) => each.link === link,
        ),
      deleteAddress: (index, { address }) => void done.push(`address ${address} of ${index}`),
      deleteLink: (index) => void done.push(`link ${index}`),
      routes: () => routes,
      batchRoutes: (changes) => {
        routes = changes.map(({ route }) => route)
        done.push(...changes.map(({ verb, route }) => `${verb} route ${route.destination?.address} over ${route.link}`))
        return changes.map(() => undefined)
      },
    },
    rulesOf: ({ family, table, chain }) => (family === 4 && table === 'filter' && chain === 'INPUT' ? state.rules : []),
    removeRules: (removals: readonly NftRemoval[]) => void done.push(JSON.stringify(removals)),
    legacy: {
      save: (family, table) => (family === 6 && table === 'nat' ? LEGACY : undefined),
      restore: (family, script) => void done.push(`${family} ${script}`),
    },
  }
  return { done, edges, state }
}

t.test('rules go first, then addresses; the link that has our name stays with our routes, kube-proxy’s goes', async (t) => {
  const { done, edges } = scene()
  t.strictSame(takeOver(edges), [
    { what: '1 rule of nftables ip filter INPUT' },
    { what: '1 rule of legacy ip6tables nat PREROUTING' },
    { what: '2 addresses of kube-dummy-if' },
    { what: 'link kube-ipvs0 with 1 addresses' },
  ])
  t.strictSame(done, [
    '[{"rule":{"family":4,"table":"filter","chain":"INPUT","handle":3}}]',
    '6 *nat\n-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES\nCOMMIT\n',
    // The kernel takes away all routes over a link that loses its last address.
    'replace route 10.96.0.1 over 1',
    'address 10.96.0.1 of 5',
    'address fd00:96::1 of 5',
    'replace route 10.96.0.1 over 5',
    'link 6',
  ])
})

t.test('a link of that name that is none of theirs is left alone', async (t) => {
  const { done, edges } = scene({ links: [linkOf(5, 'kube-dummy-if', 'bridge')] })
  t.match(takeOver(edges), [{ what: /INPUT/ }, { what: /PREROUTING/ }])
  t.equal(done.length, 2)
})

t.test('no address goes while a route of ours could not be led over another link', async (t) => {
  const { done, edges } = scene()
  const batchRoutes: TakeOverEdges['rtnetlink']['batchRoutes'] = (changes) =>
    changes.map(({ route }) => (route.link === 1 ? new Error('network is down') : undefined))
  t.match(takeOver({ ...edges, rtnetlink: { ...edges.rtnetlink, batchRoutes } })[2], {
    what: '2 addresses of kube-dummy-if',
    failure: { message: 'network is down' },
  })
  t.notMatch(done.join(), 'address')
})

t.test('what cannot be read or removed is told, and the rest is done', async (t) => {
  const { edges } = scene()
  const legacy = {
    ...edges.legacy,
    save: () => {
      throw new Error('iptables-legacy-save is not installed')
    },
  }
  const removeRules = (): void => {
    throw new Error('EPERM')
  }
  t.match(takeOver({ ...edges, legacy, removeRules }), [
    { what: '1 rule of nftables ip filter INPUT', failure: { message: 'EPERM' } },
    { what: 'rules of legacy iptables', failure: { message: 'iptables-legacy-save is not installed' } },
    { what: '2 addresses of kube-dummy-if', failure: undefined },
    { what: 'link kube-ipvs0 with 1 addresses', failure: undefined },
  ])
})

t.test('it waits until every Service is programmed, acts once, and tells a minute later when the other proxy is back', async (t) => {
  const { done, edges, state } = scene()
  const time = createFakeScheduler(0)
  const lines: string[] = []
  const write = (message: string): void => void lines.push(message)
  const status = { ready: false, failures: new Map<string, Error>(), auditFailure: undefined }
  takeOverWhenReady({ edges, status: () => status, scheduler: time, log: { info: write, warn: write } })
  time.advance(10_000)
  status.ready = true
  status.failures.set('a/b', new Error('refused'))
  time.advance(10_000)
  t.strictSame(done, [])
  status.failures.clear()
  time.advance(500)
  t.equal(done.length, 7)
  t.strictSame(lines[0], 'ready: the Services of the cluster are programmed')
  t.strictSame(new Set(lines.slice(1)), new Set(['took over from the proxy that ran here before']))
  state.rules = [rule(9, 'KUBE-ROUTER-SERVICES')]
  t.match(leftBehind(edges)[0], '1 rule of nftables ip filter INPUT')
  time.advance(60_000)
  t.equal(done.length, 7)
  t.match(lines.at(-1), 'kube-router or kube-proxy still runs on this node')
})
