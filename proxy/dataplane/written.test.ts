import t from 'tap'
import { isAsWritten, noteOf, type TableShapes } from './written.ts'

const SCRIPT = 'add table inet selvedge'
const WRITTEN: TableShapes = {
  inet: [{ text: 'table' }, { text: 'chain guard', chain: 'guard' }, { text: 'rule of guard' }],
  arp: [{ text: 'chain input', chain: 'input' }],
}
const NOTE = noteOf(WRITTEN, SCRIPT)
const noted = { ...WRITTEN, inet: [...WRITTEN.inet, { text: 'chain note', chain: NOTE }] }

t.test('the note is the name of a chain', async (t) => {
  t.match(NOTE, /^written-[0-9a-f]{32}$/)
})

t.test('tables with their note are as written, and the note is no part of what it notes', async (t) => {
  t.ok(isAsWritten(noted, SCRIPT))
  t.equal(noteOf(noted, SCRIPT), NOTE)
})

t.test('without a note, with two, with another script, or with any change, they are not', async (t) => {
  const { inet, arp } = noted
  t.notOk(isAsWritten(WRITTEN, SCRIPT))
  t.notOk(isAsWritten({ inet: [...inet, { text: 'chain old', chain: 'written-0123' }], arp }, SCRIPT))
  t.notOk(isAsWritten(noted, `${SCRIPT} `))
  t.notOk(isAsWritten({ inet: [...inet, { text: 'rule of guard' }], arp }, SCRIPT))
  t.notOk(isAsWritten({ inet: inet.toReversed(), arp }, SCRIPT))
  t.notOk(isAsWritten({ inet, arp: [] }, SCRIPT))
  t.notOk(isAsWritten({ inet: [], arp: [] }, SCRIPT))
})
