import t from 'tap'
import type { SetName, TableItem } from '../services/item.ts'
import { writtenElement } from './element-bytes.ts'
import { tableItem } from './elements.ts'

const element = (set: SetName, text: string): TableItem => ({ kind: 'element', set, element: text })

const CASES: readonly { readonly item: TableItem; readonly key: string; readonly keyEnd?: string; readonly data?: string }[] = [
  { item: element('vip4', '10.96.0.1 . tcp . 80'), key: '0a600001 06000000 00500000' },
  { item: element('vip6', 'fd00:96::1 . udp . 53'), key: 'fd000096000000000000000000000001 11000000 00350000' },
  { item: element('nodeport4', '192.0.2.1 . sctp . 30080'), key: 'c0000201 84000000 75800000' },
  { item: element('address4', '10.96.0.1'), key: '0a600001' },
  { item: element('hairpin4', '10.20.0.5 . 10.20.0.5'), key: '0a140005 0a140005' },
  { item: element('marks', '0x11000'), key: '00100100' },
  {
    item: element('allowed4', '192.0.2.7 . tcp . 443 . 198.51.100.0/22'),
    key: 'c0000207 06000000 01bb0000 c6336400',
    keyEnd: 'c0000207 06000000 01bb0000 c63367ff',
  },
  {
    item: element('allowed6', 'fd00::7 . tcp . 443 . fd00:1::/60'),
    key: 'fd000000000000000000000000000007 06000000 01bb0000 fd000001000000000000000000000000',
    keyEnd: 'fd000000000000000000000000000007 06000000 01bb0000 fd0000010000000fffffffffffffffff',
  },
  {
    item: element('allowed4', '192.0.2.7 . tcp . 443 . 0.0.0.0/0'),
    key: 'c0000207 06000000 01bb0000 00000000',
    keyEnd: 'c0000207 06000000 01bb0000 ffffffff',
  },
  {
    item: { kind: 'mark', set: 'outside4', element: '192.0.2.7 . tcp . 443', mark: 0x1_2000 },
    key: 'c0000207 06000000 01bb0000',
    data: '00200100',
  },
]

for (const { item, key, keyEnd, data } of CASES) {
  t.test(`${item.set}: ${item.element}`, async (t) => {
    const hex = (bytes: Buffer | undefined): string | undefined => bytes?.toString('hex')
    const written = writtenElement(item)
    t.equal(hex(written.key), key.replaceAll(' ', ''))
    t.equal(hex(written.keyEnd), keyEnd?.replaceAll(' ', ''))
    t.equal(hex(written.data), data)
    t.same(tableItem(item.set, { ...written, intervalEnd: false }), item, 'and is read back as the same')
  })
}

t.test('what is no address, protocol, port or network is refused', async (t) => {
  t.throws(() => writtenElement(element('vip4', '10.96.0.300 . tcp . 80')), TypeError)
  t.throws(() => writtenElement(element('allowed4', '10.96.0.3 . tcp . 80 . 10.0.0.0/33')), TypeError)
})
