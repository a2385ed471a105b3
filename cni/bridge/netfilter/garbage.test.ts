import t from 'tap'
import { removeGarbage, type Survivors } from './garbage.ts'
import { masqueradeChain } from './nat-rules.ts'
import { attachmentMark } from './nft-rules.ts'
import { listedRule, type SimulatedNetfilter, simulatedNetfilter } from './simulated-netfilter.ts'

const collect = (prepare: (edges: SimulatedNetfilter) => void, survivors: Partial<Survivors> = {}): string[] => {
  const log: string[] = []
  const edges = simulatedNetfilter((line) => log.push(line))
  prepare(edges)
  const valid = [{ containerId: 'alive', ifname: 'eth0' }]
  removeGarbage(edges, { network: 'mynet', valid, hasDevice: (name) => name === 'vethalive', ...survivors })
  return log
}

const chainOf = (network: string, containerId: string): string => masqueradeChain({ network, containerId })

t.test('nftables: rules of this network go unless their attachment is valid; other networks’ stay', (t) => {
  const where = { family: 'inet', table: 'cni_plugins_masquerade', chain: 'masq_checks' } as const
  const rule = (handle: number, network: string, containerId: string, ifname = 'eth0') =>
    listedRule({ ...where, handle, comment: `${attachmentMark({ network, containerId, ifname })}, net: x` })
  const log = collect((edges) => {
    edges.listed.push(rule(1, 'mynet', 'alive'), rule(2, 'mynet', 'alive', 'eth1'), rule(3, 'mynet', 'dead'), rule(4, 'other', 'dead'))
    edges.listed.push(listedRule({ ...where, handle: 5, comment: 'by hand' }), listedRule({ ...where, handle: 6 }))
  })
  t.strictSame(log, ['remove rule inet cni_plugins_masquerade masq_checks 2', 'remove rule inet cni_plugins_masquerade masq_checks 3'])
  t.end()
})

t.test('iptables: chains of this network’s dead containers go, if the comment and the chain agree', (t) => {
  const log = collect((edges) => {
    for (const [handle, network, containerId, family] of [
      [1, 'mynet', 'alive', 4],
      [2, 'mynet', 'dead', 4],
      [3, 'mynet', 'dead', 6],
      [4, 'other', 'dead', 4],
    ] as const) {
      const chain = chainOf(network, containerId)
      edges.chains.add(`${family} nat ${chain}`)
      edges.listed.push(listedRule({ handle, family, jump: chain, comment: `name: "${network}" id: "${containerId}"` }))
    }
    edges.listed.push(listedRule({ handle: 9, jump: 'CNI-foreign', comment: 'name: "mynet" id: "dead2"' }))
  })
  const dead = chainOf('mynet', 'dead')
  t.strictSame(log, [
    'remove rule 4 nat POSTROUTING 2',
    `remove chain 4 nat ${dead}`,
    'remove rule 6 nat POSTROUTING 3',
    `remove chain 6 nat ${dead}`,
  ])
  t.end()
})

t.test('legacy iptables: the same, by its own listing', (t) => {
  const dead = chainOf('mynet', 'dead')
  const comment = '-m comment --comment "name: \\"mynet\\" id: \\"dead\\""'
  const jump = `-A POSTROUTING -s 10.1.2.2/32 ${comment} -j ${dead}`
  const log = collect((edges) => {
    edges.variant = 'legacy'
    edges.saved[4] = `*nat\n:${dead} - [0:0]\n${jump}\n${jump.replace('dead', 'alive').replace(dead, chainOf('mynet', 'alive'))}\nCOMMIT\n`
  })
  t.strictSame(log, ['save 4', `restore 4\n*nat\n${jump.replace('-A', '-D')}\n-F ${dead}\n-X ${dead}\nCOMMIT\n`, 'save 6'])
  t.end()
})

const source = (handle: number, attachment: string, device: string) => {
  const values = [Buffer.from(device.padEnd(16, '\0'))]
  return listedRule({
    family: 'bridge',
    chain: 'PREROUTING',
    handle,
    comment: `macspoofchk-${attachment}`,
    jump: `cni-br-iface-${attachment}`,
    values,
  })
}

t.test('source checks go once their device is gone: their comments name no network', (t) => {
  const log = collect((edges) => {
    edges.chains.add('bridge nat cni-br-iface-dead-eth0').add('bridge nat cni-br-iface-dead-eth0-mac')
    edges.listed.push(source(1, 'dead-eth0', 'vethgone'), source(2, 'foreign-eth0', 'vethalive'), source(3, 'alive-eth0', 'vethgone'))
    edges.listed.push({ ...source(4, 'dead-eth0', 'vethgone'), jump: 'somewhere' }, { ...source(5, 'x', 'vethgone'), comment: 'by hand' })
    edges.listed.push({ ...source(6, 'dead-eth0', ''), values: [] })
  })
  t.strictSame(log, [
    'remove rule bridge nat PREROUTING 1',
    'remove chain bridge nat cni-br-iface-dead-eth0',
    'remove chain bridge nat cni-br-iface-dead-eth0-mac',
  ])
  t.end()
})
