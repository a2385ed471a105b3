import t from 'tap'
import { openNamespace } from '#kernel/namespace.ts'
import { openNftRules } from '#kernel/nftables-rules.ts'
import { makeNamespace } from '../rig/namespace.ts'
import type { Owner } from '../rig/owner.ts'
import { requires } from '../rig/requires.ts'
import { iptablesSave, nftText } from '../rig/witness-netfilter.ts'

const openHost = (owner: Owner) => {
  const host = makeNamespace(owner, 'nftrules')
  const namespace = openNamespace(host.path)
  owner.teardown(() => namespace.close())
  return { host, rules: openNftRules(namespace) }
}

const SCRIPT = `
add table ip t
add chain ip t one
add chain ip t two
add rule ip t one ip saddr 192.0.2.7 tcp dport 8080 dnat to 10.20.3.2:80 comment "cid1"
add rule ip t one jump two
add rule ip t two ip daddr 10.20.3.2 comment "a b"
`

t.test('rules of nft are listed with comment, jump and the bytes they compare and load', requires('root', 'nft'), async (t) => {
  const { host, rules } = openHost(t)
  t.strictSame(rules.list({ family: 4, table: 't' }), [], 'no table yet')
  host.execWithInput(SCRIPT.replace('add chain ip t one', 'add chain ip t one { type nat hook prerouting priority 0 ; }'), 'nft', '-f', '-')
  const listed = rules.list({ family: 4, table: 't' })
  t.match(listed, [
    { chain: 'one', comment: 'cid1' },
    { chain: 'one', jump: 'two' },
    { chain: 'two', comment: 'a b' },
  ])
  const values = listed.map((rule) => rule.values.map((value) => value.toString('hex')))
  t.strictSame(values, [['c0000207', '06', '1f90', '0a140302', '0050'], [], ['0a140302']])
  t.equal(rules.list({ family: 4, table: 't', chain: 'two' }).length, 1)
  t.strictSame(rules.list({ family: 6, table: 't' }), [])
})

t.test('removals are one transaction: all of them, or none', requires('root', 'nft'), async (t) => {
  const { host, rules } = openHost(t)
  host.execWithInput(SCRIPT.replace('dnat to 10.20.3.2:80', 'accept'), 'nft', '-f', '-')
  const before = nftText(host, 'ip', 't')
  const [rule, jump] = rules.list({ family: 4, table: 't', chain: 'one' })
  if (rule === undefined || jump === undefined) throw new Error('the table has fewer rules than were made')
  const two = { family: 4, table: 't', chain: 'two' } as const
  t.throws(() => rules.remove([{ rule }, { rule: { ...rule, handle: 9999 } }]), { code: 'ENOENT' })
  t.throws(() => rules.remove([{ rule }, { chain: two }]), { code: 'EBUSY' })
  t.equal(nftText(host, 'ip', 't'), before)
  rules.remove([{ rule: jump }, { chain: two }])
  t.equal(nftText(host, 'ip', 't'), 'table ip t {\nchain one {\nip saddr 192.0.2.7 tcp dport 8080 accept comment "cid1"\n}\n}')
  t.throws(() => rules.remove([{ chain: two }]), { code: 'ENOENT' })
  rules.remove([])
})

t.test('rules of iptables-nft are such rules: comment, jump, parameters of targets', requires('root', 'iptables-nft'), async (t) => {
  const { host, rules } = openHost(t)
  const iptables = (words: string): void => void host.exec('iptables-nft', '-t', 'nat', ...words.split(' '))
  for (const words of [
    '-N CNI-DN-x',
    '-A CNI-DN-x -p udp --dport 53 -j DNAT --to-destination 10.20.3.2:53',
    '-N CNI-HOSTPORT-DNAT',
    '-A CNI-HOSTPORT-DNAT -m comment --comment hello -m multiport -p tcp --dports 80 -j CNI-DN-x',
  ]) {
    iptables(words)
  }
  const entry = rules.list({ family: 4, table: 'nat', chain: 'CNI-HOSTPORT-DNAT' })
  t.match(entry, [{ comment: 'hello', jump: 'CNI-DN-x' }])
  const own = rules.list({ family: 4, table: 'nat', chain: 'CNI-DN-x' })
  t.ok(own[0]?.values.some((value) => value.includes(Buffer.of(10, 20, 3, 2))))
  rules.remove([...entry.map((rule) => ({ rule })), { chain: { family: 4, table: 'nat', chain: 'CNI-DN-x' } }])
  t.strictSame(
    iptablesSave(host).filter((line) => line.includes('CNI-')),
    [':CNI-HOSTPORT-DNAT -'],
  )
})
