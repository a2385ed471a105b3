/** Our tables are written when they differ, and only then; what they hold of Services outlives every rewrite. */
import t from 'tap'
import { elementsChanges } from '../../../proxy/dataplane/element-changes.ts'
import type { TableItem } from '../../../proxy/services/item.ts'
import { inOneGo } from '../../../proxy/services/steps.ts'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { requires } from '../../rig/requires.ts'
import { nftText } from '../../rig/witness-netfilter.ts'
import { CONFIG, openTables, type TablesHost } from './host.ts'

const needs = requires('root', 'ip', 'nft')

/** Both tables as nft prints them, without elements. */
const text = (host: NetNamespace): string =>
  ['inet', 'arp'].map((family) => host.exec('nft', '--stateless', '-t', 'list', 'table', family, 'selvedge')).join('')

/** Whether a run of `ensure` wrote, and how many processes it took. */
const ensure = ({ tables, commands }: TablesHost, config = CONFIG): { wrote: boolean; processes: number } => {
  const before = commands.counters.started
  return { wrote: inOneGo(tables.ensure(config)), processes: commands.counters.started - before }
}

t.test('tables that are right are not written again, also not by another run', needs, async (t) => {
  const host = makeNamespace(t, 'nft')
  const first = openTables(t, host)
  t.same(ensure(first), { wrote: true, processes: 1 })
  const [written, generation] = [text(host), first.generation()]
  t.same(ensure(first), { wrote: false, processes: 0 })
  const second = openTables(t, host)
  t.same(ensure(second), { wrote: false, processes: 0 }, 'it asks the kernel')
  t.equal(second.generation(), generation)
  t.equal(text(host), written)
  t.same(ensure(second, { ...CONFIG, ping: false }).wrote, true, 'another configuration is written')
  t.equal(ensure(openTables(t, host)).wrote, true, 'and written back')
  t.equal(text(host).replaceAll(/written-\w+/g, ''), written.replaceAll(/written-\w+/g, ''))
})

t.test('elements of Services are kept, and are no reason to look at the tables', needs, async (t) => {
  const host = makeNamespace(t, 'nft')
  const run = openTables(t, host)
  ensure(run)
  run.add('vip4', '10.96.0.1 . tcp . 80')
  run.add('address4', '10.96.0.1')
  run.add('outside4', '192.0.2.7 . tcp . 443', 0x1_1000)
  run.add('allowed4', '192.0.2.7 . tcp . 443 . 198.51.100.0/24')
  t.same(ensure(run), { wrote: false, processes: 0 })
  ensure(run, { ...CONFIG, masqueradeAll: true })
  const all = nftText(host, 'inet', 'selvedge')
  t.match(all, 'elements = { 10.96.0.1 . tcp . 80 }')
  t.match(all, 'elements = { 192.0.2.7 . tcp . 443 : 0x00011000 }')
  t.match(all, 'elements = { 192.0.2.7 . tcp . 443 . 198.51.100.0/24 }')
  t.match(nftText(host, 'arp', 'selvedge'), 'elements = { 10.96.0.1 }', 'a VIP is in the ARP table too')
  run.remove('address4', '10.96.0.1')
  t.notMatch(nftText(host, 'arp', 'selvedge'), 'elements')
})

t.test('an allowed network is replaced by one that overlaps it, wider or narrower, in one transaction', needs, async (t) => {
  const host = makeNamespace(t, 'nft')
  const { tables, generation } = openTables(t, host)
  inOneGo(tables.ensure(CONFIG))
  const allowed = (network: string): TableItem => ({ kind: 'element', set: 'allowed4', element: `192.0.2.7 . tcp . 443 . ${network}` })
  const held = (): string => /192\.0\.2\.7[^}]*/.exec(nftText(host, 'inet', 'selvedge'))?.[0].trim() ?? ''
  const replace = (old: string, next: string): void =>
    tables.changeElements(
      elementsChanges([
        { verb: 'add', item: allowed(next) },
        { verb: 'delete', item: allowed(old) },
      ]),
    )
  tables.changeElements(elementsChanges([{ verb: 'add', item: allowed('10.0.0.0/8') }]))
  t.throws(() => tables.changeElements(elementsChanges([{ verb: 'add', item: allowed('10.1.0.0/16') }])), { code: 'EEXIST' })
  const before = generation()
  replace('10.0.0.0/8', '10.1.0.0/16')
  t.equal(held(), '192.0.2.7 . tcp . 443 . 10.1.0.0/16')
  replace('10.1.0.0/16', '10.0.0.0/8')
  t.equal(held(), '192.0.2.7 . tcp . 443 . 10.0.0.0/8')
  t.equal(generation(), before + 2)
})

const DAMAGES = [
  'flush chain inet selvedge guard',
  'add rule inet selvedge input accept',
  'delete table arp selvedge',
  'delete table inet selvedge',
  'flush ruleset',
  'chain inet selvedge postrouting { policy drop; }',
  'add chain inet selvedge strange { type filter hook forward priority 0; policy drop; }',
]

t.test('what others do to our tables is undone; what they do elsewhere is theirs', needs, async (t) => {
  const host = makeNamespace(t, 'nft')
  const run = openTables(t, host)
  ensure(run)
  const right = text(host)
  for (const damage of DAMAGES) {
    host.exec('nft', damage)
    t.ok(run.tables.disturbed(), damage)
    t.equal(ensure(run).wrote, true, damage)
    t.equal(text(host), right, damage)
    t.notOk(run.tables.disturbed())
  }
  host.exec('nft', 'add table ip foreign')
  t.ok(run.tables.disturbed())
  t.same(ensure(run), { wrote: false, processes: 0 })
  t.match(host.exec('nft', 'list tables'), 'table ip foreign')
})

t.test('a rule that was written again with another list of protocols is found, whatever the kernel calls that list', needs, async (t) => {
  const host = makeNamespace(t, 'nft')
  const run = openTables(t, host)
  ensure(run)
  const right = text(host)
  const rules = host.exec('nft', 'list chain inet selvedge unmark').split('\n').slice(2, -3)
  host.exec('nft', 'flush chain inet selvedge unmark')
  for (const rule of rules) host.exec('nft', `add rule inet selvedge unmark ${rule.trim().replace('tcp, udp, sctp', 'tcp, udp')}`)
  t.not(text(host), right)
  t.equal(ensure(run).wrote, true)
  t.equal(text(host), right)
})

/** What version 0.1 wrote, with a set that has another type by now, and a rule that uses it. */
const OLDER = `table inet selvedge {
  set vip4 { type ipv4_addr . inet_proto . inet_service; elements = { 10.96.0.1 . tcp . 80 } }
  set address4 { type ipv4_addr; elements = { 10.96.0.1 } }
  set nodeport4 { type inet_proto . inet_service; elements = { tcp . 30080 } }
  set inside4 { type ipv4_addr; flags interval; auto-merge; elements = { 10.20.0.0/16 } }
  chain mark-outside { ip saddr @inside4 return; meta mark set 0x4000; }
  chain output { type route hook output priority mangle; policy accept; ip daddr . meta l4proto . th dport @vip4 goto mark-outside; }
  chain input { type filter hook input priority filter; policy accept; meta l4proto . th dport @nodeport4 accept; }
  chain postrouting { type nat hook postrouting priority srcnat - 1; policy accept; meta mark 0x4000 masquerade; }
}`

t.test('the tables of an older version are brought up in one transaction, and keep what they can hold', needs, async (t) => {
  const host = makeNamespace(t, 'nft')
  host.execWithInput(OLDER, 'nft', '-f', '-')
  const run = openTables(t, host)
  const before = run.generation()
  t.equal(ensure(run).wrote, true)
  t.equal(run.generation(), before + 2, 'the transaction, and the note that it is done')
  const all = nftText(host, 'inet', 'selvedge')
  t.match(all, 'elements = { 10.96.0.1 . tcp . 80 }')
  t.match(all, /set nodeport4 \{\s+type ipv4_addr \. inet_proto \. inet_service\s+\}/, 'of another type: empty, and filled by the audit')
  for (const gone of ['inside4', 'mark-outside', 'type route']) t.notMatch(all, gone)
  const fresh = makeNamespace(t, 'nft')
  ensure(openTables(t, fresh))
  const chains = (text: string): string => text.slice(text.indexOf('chain guard')).replaceAll(/written-\w+/g, '')
  t.equal(chains(text(host)), chains(text(fresh)), 'the same rules as on a new node')
})
