import t from 'tap'
import { elementItem } from './elements.ts'

const key = (hex: string) => ({ key: Buffer.from(hex.replaceAll(' ', ''), 'hex'), intervalEnd: false })

t.test('an element’s key is an address, a protocol and a port in 4-byte fields', async (t) => {
  t.same(elementItem('vip4', key('0a600001 06000000 00500000')), { kind: 'element', set: 'vip4', element: '10.96.0.1 . tcp . 80' })
  t.same(elementItem('nodeport4', key('c0000201 11000000 75300000')), {
    kind: 'element',
    set: 'nodeport4',
    element: '192.0.2.1 . udp . 30000',
  })
  t.same(elementItem('vip6', key('20010db8000000000000000000000001 84000000 00350000')), {
    kind: 'element',
    set: 'vip6',
    element: '2001:db8::1 . sctp . 53',
  })
})

t.test('an address alone, and a hairpin pair', async (t) => {
  t.equal(elementItem('address4', key('0a600001'))?.element, '10.96.0.1')
  t.equal(elementItem('address6', key('20010db8000000000000000000000001'))?.element, '2001:db8::1')
  t.equal(elementItem('hairpin4', key('0a140005 0a140005'))?.element, '10.20.0.5 . 10.20.0.5')
})

t.test('an element of a protocol without Services is not ours', async (t) => {
  t.equal(elementItem('vip4', key('0a600001 01000000 00000000')), undefined)
})
