import t from 'tap'
import type { ServerTraffic } from '#kernel/ipvs/traffic.ts'
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import type { Item } from '../services/item.ts'
import { createLedger, type Ledger } from '../services/ledger.ts'
import { pickTraffic, renderTraffic } from './render.ts'

const server = (id: VirtualServerId): Item => ({
  kind: 'server',
  server: { ...id, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 },
})
const tcp = (address: string, port = 80): Item => server({ protocol: 'tcp', address, port })
const ledgerOf = (...owned: readonly (readonly [item: Item, owner: string])[]): Ledger => {
  const ledger = createLedger()
  for (const [item, owner] of owned) ledger.put(item, [owner])
  return ledger
}
const traffic = (text: string, counters = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]): ServerTraffic => ({
  server: text,
  counters: Float64Array.from(counters),
})

t.test('a virtual server has ten series, with kube-router’s names and labels', async (t) => {
  const { shown, leftOut, virtualServers } = pickTraffic([traffic('tcp 10.96.0.1:80')], ledgerOf([tcp('10.96.0.1'), 'shop/web']), 10)
  const labels = '{svc_namespace="shop",service_name="web",service_vip="10.96.0.1",protocol="tcp",port="80"}'
  const text = [...renderTraffic(shown)].join('')
  t.strictSame(
    text.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    [
      `kube_router_service_total_connections${labels} 1`,
      `kube_router_service_packets_in${labels} 2`,
      `kube_router_service_packets_out${labels} 3`,
      `kube_router_service_bytes_in${labels} 4`,
      `kube_router_service_bytes_out${labels} 5`,
      `kube_router_service_cps${labels} 6`,
      `kube_router_service_pps_in${labels} 7`,
      `kube_router_service_pps_out${labels} 8`,
      `kube_router_service_bps_in${labels} 9`,
      `kube_router_service_bps_out${labels} 10`,
    ],
  )
  t.strictSame(
    text
      .split('\n')
      .filter((line) => line.startsWith('# TYPE'))
      .slice(4, 6),
    ['# TYPE kube_router_service_bytes_out counter', '# TYPE kube_router_service_cps gauge'],
  )
  t.strictSame([leftOut, virtualServers], [0, 1])
})

t.test('strangers’ virtual servers, and ours that no Service wants any more, have none', async (t) => {
  const ledger = createLedger()
  ledger.reconcile(new Map([['server tcp 10.96.0.2:80', tcp('10.96.0.2')]]))
  t.strictSame(pickTraffic([traffic('tcp 10.96.0.1:80'), traffic('tcp 10.96.0.2:80')], ledger, 10), {
    shown: [],
    leftOut: 0,
    virtualServers: 2,
  })
  t.strictSame([...renderTraffic([])], [])
})

t.test('clients outside of a Local Service are one series of each family', async (t) => {
  const mark = (element: string, of = 0x12000): Item => ({ kind: 'mark', set: 'outside4', element, mark: of })
  const ledger = ledgerOf(
    [server({ fwmark: 0x12000, family: 4 }), 'shop/web'],
    [mark('192.0.2.1 . tcp . 30080'), 'shop/web'],
    [mark('203.0.113.9 . tcp . 80'), 'shop/web'],
    [mark('203.0.113.9 . udp . 53', 0x22000), 'shop/web'],
  )
  const { shown } = pickTraffic([traffic('fwmark 0x12000 ipv4')], ledger, 10)
  t.strictSame(
    shown.map(({ labels }) => labels),
    ['svc_namespace="shop",service_name="web",service_vip="outside4",protocol="tcp",port="80"'],
  )
})

t.test('beyond the limit those known longest are shown at every scrape, and the others counted', async (t) => {
  const names = ['e', 'c', 'a', 'd', 'b']
  const ledger = ledgerOf(...names.map((name, index) => [tcp(`10.96.0.${index}`), `shop/${name}`] as const))
  const dump = names.map((_, index) => traffic(`tcp 10.96.0.${index}:80`))
  for (const order of [dump, dump.toReversed()]) {
    const { shown, leftOut } = pickTraffic(order, ledger, 2)
    t.strictSame(
      shown.map(({ service }) => service),
      ['shop/e', 'shop/c'],
    )
    t.equal(leftOut, 3)
  }
  t.strictSame(pickTraffic(dump, ledger, 0), { shown: [], leftOut: 0, virtualServers: 5 }, 'none at all')
})

t.test('a dump that repeats a server, as it may while others change, gives each series once', async (t) => {
  const { shown } = pickTraffic([traffic('tcp 10.96.0.1:80'), traffic('tcp 10.96.0.1:80', [7])], ledgerOf([tcp('10.96.0.1'), 'a/b']), 10)
  t.strictSame(
    shown.map(({ counters }) => counters[0]),
    [7],
  )
})
