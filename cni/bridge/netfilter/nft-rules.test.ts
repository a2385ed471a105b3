import t from 'tap'
import { attachmentMark, commentOf, networkMark, setupLines } from './nft-rules.ts'

t.test('the mark is made of the hashes of network, and of interface and container', (t) => {
  const id = { network: 'unit-test', containerId: 'one', ifname: 'eth0' }
  t.equal(attachmentMark(id), '6fd94d501e58f0aa-287fc69eff0574a2')
  t.equal(networkMark('unit-test'), '6fd94d501e58f0aa-')
  t.end()
})

const ID = { network: 'mynet', containerId: 'cid1', ifname: 'eth0' }

t.test('the comment is the reference’s', (t) => {
  t.equal(commentOf(ID), 'd23676b4f2d9fe04-0b65a318f52e521b, net: mynet, if: eth0, id: cid1')
  t.end()
})

t.test('a comment has no quotes and at most 128 bytes', (t) => {
  t.match(commentOf({ ...ID, ifname: 'e"t"h' }), /, net: mynet, if: eth, id: cid1$/)
  t.equal(commentOf({ ...ID, containerId: 'c'.repeat(200) }).length, 128)
  t.equal(Buffer.byteLength(commentOf({ ...ID, network: 'n'.repeat(81), ifname: 'ä' })), 127, 'no character is cut in two')
  t.end()
})

t.test('table, chains and a rule for each address, in one script that replaces the attachment’s old rules', (t) => {
  const addresses = [
    { address: '10.1.2.3', prefixLength: 24 },
    { address: 'fd00:1:2::3', prefixLength: 64 },
  ]
  const comment = 'comment "d23676b4f2d9fe04-0b65a318f52e521b, net: mynet, if: eth0, id: cid1"'
  t.strictSame(setupLines({ id: ID, addresses, outdated: [7] }), [
    'add table inet cni_plugins_masquerade { comment "Masquerading for plugins from github.com/containernetworking/plugins" ; }',
    'add chain inet cni_plugins_masquerade masq_checks { comment "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet" ; }',
    'add chain inet cni_plugins_masquerade postrouting { type nat hook postrouting priority 100 ; }',
    'flush chain inet cni_plugins_masquerade postrouting',
    'add rule inet cni_plugins_masquerade postrouting ip daddr == 224.0.0.0/4 return',
    'add rule inet cni_plugins_masquerade postrouting ip6 daddr == ff00::/8 return',
    'add rule inet cni_plugins_masquerade postrouting goto masq_checks',
    'delete rule inet cni_plugins_masquerade masq_checks handle 7',
    `add rule inet cni_plugins_masquerade masq_checks ip saddr == 10.1.2.3 ip daddr != 10.1.2.0/24 masquerade ${comment}`,
    `add rule inet cni_plugins_masquerade masq_checks ip6 saddr == fd00:1:2::3 ip6 daddr != fd00:1:2::/64 masquerade ${comment}`,
  ])
  t.end()
})
