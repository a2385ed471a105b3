import fs from 'node:fs'
import t from 'tap'
import { flannelLinkMtu } from './flannel-links.ts'

t.test('the least of flannel’s links counts, and no other link', async (t) => {
  const link = (mtu: string) => ({ mtu: `${mtu}\n` })
  const folder = t.testdir({
    both: { lo: link('65536'), eth0: link('1300'), 'flannel.1': link('1450'), 'flannel-v6.1': link('1430') },
    none: { eth0: link('1500') },
    odd: { flannel0: link('x') },
  })
  t.equal(flannelLinkMtu(fs, `${folder}/both`), 1430)
  for (const place of ['none', 'odd', 'absent']) t.equal(flannelLinkMtu(fs, `${folder}/${place}`), undefined, place)
})
