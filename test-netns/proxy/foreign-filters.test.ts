/** Packet filters of others that drop what they do not know: the one rule of ours lets marked packets through, and nothing else. */
import t from 'tap'
import { openCommands } from '#kernel/command.ts'
import { openLegacyFilter } from '#kernel/iptables-legacy.ts'
import { openNftables } from '#kernel/nftables.ts'
import { readBaseChains } from '#kernel/nftables-base-chains.ts'
import { isOwnedTable } from '#kernel/nftables-owner.ts'
import { openNftRules } from '#kernel/nftables-rules.ts'
import { readVerdicts } from '#kernel/nftables-verdicts.ts'
import { createForeignFilters, type ForeignFilters } from '../../proxy/surroundings/foreign-filters.ts'
import { ask } from '../rig/ask.ts'
import { startEcho } from '../rig/echo.ts'
import { join } from '../rig/link.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { startProcess } from '../rig/process.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { FILTERS, FORWARD4, FORWARD6, INPUT4, INPUT6 } from './packet-filters.ts'

const NEEDS = requires('root', 'nft', 'iptables-nft', 'iptables-legacy', 'curl')

const openFilters = (commands = openCommands()): ForeignFilters => {
  return createForeignFilters({
    nftables: openNftables(commands),
    baseChains: readBaseChains,
    rulesOf: readVerdicts,
    isOwned: isOwnedTable,
    removeRules: openNftRules().remove,
    legacy: openLegacyFilter(commands),
  })
}

/** In place of our table: packets to port 80, and replies of it, also the node's own, are marked as those of Services; port 81 is somebody else's. */
const MARKS = `table inet marks {
  chain prerouting { type filter hook prerouting priority mangle; tcp dport 80 meta mark set 0x1000; tcp sport 80 meta mark set 0x11000; tcp dport 81 meta mark set 0xffff6000; }
  chain output { type filter hook output priority -97; tcp sport 80 meta mark set 0x1000; }
}
`

interface Scene {
  readonly client: NetNamespace
  readonly router: NetNamespace
  readonly server: NetNamespace
  readonly filters: ForeignFilters
}

/** client ── router ── server, all by IPv4 and IPv6; this process is inside the router. */
const makeScene = async (owner: Owner): Promise<Scene> => {
  const router = enterNewNamespace(owner, 'router')
  const [client, server] = [makeNamespace(owner, 'client'), makeNamespace(owner, 'server')]
  join(
    { namespace: client, device: 'eth0', addresses: ['10.1.0.2/24', 'fd01::2/64'] },
    { namespace: router, device: 'one', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
  )
  join(
    { namespace: server, device: 'eth0', addresses: ['10.2.0.2/24', 'fd02::2/64'] },
    { namespace: router, device: 'two', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
  )
  client.ip('route add default via 10.1.0.1', 'route add default via fd01::1')
  server.ip('route add default via 10.2.0.1', 'route add default via fd02::1')
  router.sysctl({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 })
  for (const [namespace, name] of [
    [router, 'router'],
    [server, 'server'],
  ] as const)
    await startEcho(owner, namespace, name, 80, 81)
  router.execWithInput(MARKS, 'nft', '-f', '-')
  return { client, router, server, filters: openFilters() }
}

t.test('packet filters of others', { ...NEEDS, timeout: 120_000 }, async (t) => {
  const { client, router, filters } = await makeScene(t)
  const shell = (script: string): string => router.exec('sh', '-e', '-c', script)
  const reset = (): void => {
    shell(
      'nft flush ruleset; for v in iptables-legacy ip6tables-legacy; do $v -F; $v -P INPUT ACCEPT; $v -P FORWARD ACCEPT; $v -P OUTPUT ACCEPT; done',
    )
    router.execWithInput(MARKS, 'nft', '-f', '-')
  }
  const answers = (through: string, port: number): boolean =>
    typeof ask(client, `http://${through}:${port}/`, { timeout: 0.3 }) === 'object'

  await t.test('where nothing refuses, nothing is put', async (t) => {
    t.same(filters.ensure(), [])
    // IPv6 is ready a moment after its addresses are.
    for (const through of [INPUT4, FORWARD4, INPUT6, FORWARD6]) await until(`${through} answers`, () => answers(through, 80))
  })

  for (const { name, make, relent, where, through } of FILTERS) {
    await t.test(name, async (t) => {
      shell(make)
      for (const address of through) t.equal(answers(address, 80), false, 'the filter holds')
      t.same(
        filters.ensure(),
        where.map((place) => ({ where: place, verb: 'add' })),
      )
      for (const address of through) {
        t.equal(answers(address, 80), true, `${address}: packets of Services pass`)
        t.equal(answers(address, 81), false, `${address}: others do not`)
      }
      t.same(filters.ensure(), [], 'once is enough')
      shell(relent)
      t.same(
        filters.ensure(),
        where.map((place) => ({ where: place, verb: 'remove' })),
        'it goes when it is not needed',
      )
      reset()
      shell(make)
      filters.ensure()
      t.same(
        filters.remove(),
        where.map((place) => ({ where: place, verb: 'remove' })),
      )
      t.same(filters.remove(), [], 'a second time there is nothing to remove')
      t.notMatch(shell('nft list ruleset; iptables-legacy-save; ip6tables-legacy-save'), 'selvedge')
      reset()
    })
  }

  await t.test('the rule is the first of the chain, and iptables lists it as one of its own', async (t) => {
    shell('iptables-nft -P INPUT DROP; iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT')
    filters.ensure()
    t.equal(
      shell('iptables-nft -S INPUT').trim(),
      [
        '-P INPUT DROP',
        '-A INPUT -m mark ! --mark 0x0/0x1000 -m comment --comment "selvedge: packets of Services" -j ACCEPT',
        '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
      ].join('\n'),
    )
    shell('iptables-nft -D INPUT -m mark ! --mark 0x0/0x1000 -m comment --comment "selvedge: packets of Services" -j ACCEPT')
    t.match(filters.ensure(), [{ verb: 'add' }], 'whoever takes it away gets it back')
  })

  await t.test('a table that belongs to one program alone is told by name, and no process is started for it', async (t) => {
    shell('nft flush ruleset')
    const chain = '{ type filter hook input priority 10; policy drop; }'
    // It belongs to this nft for as long as that lives.
    const owner = `exec nft -i < <(echo 'table inet firewalld { flags owner; chain in ${chain}; }'; exec tail -f /dev/null --pid=$$)`
    const holder = await startProcess(t, router.command('bash', '-c', owner))
    await until('the table is there', () => router.exec('nft', 'list', 'tables').includes('firewalld'))
    const commands = openCommands()
    const owned = openFilters(commands)
    for (const again of ['first', 'second'])
      t.match(
        owned.ensure({ legacy: false }),
        [{ where: 'nftables inet firewalld in', verb: 'add', failure: { message: /NftablesTableOwner=no/ } }],
        again,
      )
    t.equal(commands.counters.started, 0)
    t.same(owned.remove(), [])
    await holder.stop()
    await until('its table is gone with it', () => !router.exec('nft', 'list', 'tables').includes('firewalld'))
  })

  await t.test('a chain that cannot be changed is told, and does not stop the others', async (t) => {
    const broken = createForeignFilters({
      nftables: {
        transactionOf: () => {
          throw new Error('table owned by firewalld')
        },
      },
      baseChains: readBaseChains,
      rulesOf: readVerdicts,
      isOwned: isOwnedTable,
      removeRules: openNftRules().remove,
      legacy: openLegacyFilter(openCommands()),
    })
    shell('nft flush ruleset; iptables-nft -P INPUT DROP; iptables-legacy -P FORWARD DROP')
    t.match(broken.ensure(), [
      { where: 'nftables ip filter INPUT', failure: { message: 'table owned by firewalld' } },
      { where: 'legacy iptables FORWARD', verb: 'add', failure: undefined },
    ])
  })
})
