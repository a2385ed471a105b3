import t from 'tap'
import { hasCapability } from './capabilities.ts'

const statusWith = (effective: string): string =>
  `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`

t.test('a capability counts when it is in effect', async (t) => {
  t.equal(hasCapability(statusWith('000001ffffffffff'), 'CAP_NET_ADMIN'), true)
  t.equal(hasCapability(statusWith('0000000000001000'), 'CAP_NET_ADMIN'), true)
  t.equal(hasCapability(statusWith('0000000000001000'), 'CAP_SYS_MODULE'), false)
  // What Docker gives a container that asks for nothing.
  t.equal(hasCapability(statusWith('00000000a80425fb'), 'CAP_NET_ADMIN'), false)
})

t.test('a text that does not tell has none', async (t) => {
  for (const text of ['', 'CapEff:\n', 'CapEff:\tzz\n', 'XCapEff:\t000001ffffffffff\n'])
    t.equal(hasCapability(text, 'CAP_NET_ADMIN'), false, text)
})
