import t from 'tap'
import type { NftObject } from '#kernel/nftables.ts'
import type { PresentTables } from './table.ts'
import { isAsWritten, noteScript } from './written.ts'

const SCRIPT = 'add table inet selvedge'
const WRITTEN: PresentTables = {
  inet: [{ metainfo: { version: '1.0.6' } }, { chain: { name: 'guard', handle: 7 } }, { set: { name: 'vip4', elem: ['10.96.0.1'] } }],
  arp: [{ chain: { name: 'input', handle: 2 } }],
}
const noted = (tables: PresentTables): NftObject[] => [...tables.inet, { chain: { name: noteOf(tables), handle: 99 } }]
const noteOf = (tables: PresentTables): string => noteScript(tables, SCRIPT).trim().split(' ').at(-1) ?? ''

t.test('the note is the name of a chain', async (t) => {
  t.match(noteScript(WRITTEN, SCRIPT), /^add chain inet selvedge written-[0-9a-f]{32}\n$/)
})

t.test('tables with their note are as written, whatever their handles, elements and nft’s version', async (t) => {
  const { inet, arp } = { inet: noted(WRITTEN), arp: WRITTEN.arp }
  t.ok(isAsWritten({ inet, arp }, SCRIPT))
  const later = [{ metainfo: { version: '1.1.0' } }, { chain: { name: 'guard', handle: 70 } }, { set: { name: 'vip4' } }, ...inet.slice(3)]
  t.ok(isAsWritten({ inet: later, arp }, SCRIPT))
})

t.test('without a note, or with another script, or with any change, they are not', async (t) => {
  const inet = noted(WRITTEN)
  t.notOk(isAsWritten(WRITTEN, SCRIPT))
  t.notOk(isAsWritten({ inet, arp: WRITTEN.arp }, `${SCRIPT} `))
  t.notOk(isAsWritten({ inet: [...inet, { rule: { chain: 'guard' } }], arp: WRITTEN.arp }, SCRIPT))
  t.notOk(isAsWritten({ inet: inet.slice(1), arp: [] }, SCRIPT))
  t.notOk(isAsWritten({ inet: [], arp: [] }, SCRIPT))
})
