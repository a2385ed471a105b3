import t from 'tap'
import { tableItem } from './elements.ts'

const key = (hex: string) => ({ key: Buffer.from(hex.replaceAll(' ', ''), 'hex'), intervalEnd: false })

t.test('an element’s key is an address, a protocol and a port in 4-byte fields', async (t) => {
  t.same(tableItem('vip4', key('0a600001 06000000 00500000')), { kind: 'element', set: 'vip4', element: '10.96.0.1 . tcp . 80' })
  t.same(tableItem('nodeport4', key('c0000201 11000000 75300000')), {
    kind: 'element',
    set: 'nodeport4',
    element: '192.0.2.1 . udp . 30000',
  })
  t.same(tableItem('vip6', key('20010db8000000000000000000000001 84000000 00350000')), {
    kind: 'element',
    set: 'vip6',
    element: '2001:db8::1 . sctp . 53',
  })
})

t.test('an address alone, and a hairpin pair', async (t) => {
  t.equal(tableItem('address4', key('0a600001'))?.element, '10.96.0.1')
  t.equal(tableItem('address6', key('20010db8000000000000000000000001'))?.element, '2001:db8::1')
  t.equal(tableItem('hairpin4', key('0a140005 0a140005'))?.element, '10.20.0.5 . 10.20.0.5')
})

t.test('an element of a protocol without Services is not ours', async (t) => {
  t.equal(tableItem('vip4', key('0a600001 01000000 00000000')), undefined)
})

t.test('a network of allowed sources is a range of addresses', async (t) => {
  const range = (first: string, last: string) => ({
    ...key(`c0000207 06000000 00500000 ${first}`),
    keyEnd: key(`c0000207 06000000 00500000 ${last}`).key,
  })
  t.equal(tableItem('allowed4', range('0a000000', '0affffff'))?.element, '192.0.2.7 . tcp . 80 . 10.0.0.0/8')
  t.equal(tableItem('allowed4', range('00000000', 'ffffffff'))?.element, '192.0.2.7 . tcp . 80 . 0.0.0.0/0')
  t.equal(tableItem('allowed4', range('0a000001', '0a000001'))?.element, '192.0.2.7 . tcp . 80 . 10.0.0.1/32')
  t.equal(tableItem('allowed4', range('0a000001', '0a000002')), undefined, 'a range that is no network')
})

t.test('an element of a map has a mark in the machine’s byte order', async (t) => {
  const marked = { ...key('c0000207 06000000 00500000'), data: Buffer.from('00200100', 'hex') }
  t.same(tableItem('outside4', marked), { kind: 'mark', set: 'outside4', element: '192.0.2.7 . tcp . 80', mark: 0x1_2000 })
  t.equal(tableItem('outside4', key('c0000207 06000000 00500000')), undefined, 'a mark that is missing')
})

t.test('an element of the set of marks is a mark', async (t) => {
  t.same(tableItem('marks', key('00100100')), { kind: 'element', set: 'marks', element: '0x11000' })
})
