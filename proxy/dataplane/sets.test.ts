import t from 'tap'
import type { ElementChange } from '../services/data-plane.ts'
import type { SetName } from '../services/item.ts'
import { elementScript } from './sets.ts'

const element = (verb: ElementChange['verb'], set: SetName, text: string): ElementChange => ({
  verb,
  item: { kind: 'element', set, element: text },
})

t.test('an element script names each set once', async (t) => {
  t.equal(
    elementScript([
      element('add', 'vip4', '10.96.0.1 . tcp . 80'),
      element('add', 'address4', '10.96.0.1'),
      element('add', 'vip4', '10.96.0.2 . udp . 53'),
    ]),
    `add element inet selvedge vip4 { 10.96.0.1 . tcp . 80, 10.96.0.2 . udp . 53 }
add element inet selvedge address4 { 10.96.0.1 }
`,
  )
})

t.test('deleting adds first, so that what is not there is no error', async (t) => {
  t.equal(
    elementScript([element('delete', 'vip4', '10.96.0.1 . tcp . 80')]),
    `add element inet selvedge vip4 { 10.96.0.1 . tcp . 80 }
delete element inet selvedge vip4 { 10.96.0.1 . tcp . 80 }
`,
  )
})

t.test('a network that is replaced by one that overlaps it goes before the new one comes', async (t) => {
  t.equal(
    elementScript([
      element('add', 'allowed4', '192.0.2.1 . tcp . 80 . 10.1.0.0/16'),
      element('delete', 'allowed4', '192.0.2.1 . tcp . 80 . 10.0.0.0/8'),
    ]),
    `add element inet selvedge allowed4 { 192.0.2.1 . tcp . 80 . 10.0.0.0/8 }
delete element inet selvedge allowed4 { 192.0.2.1 . tcp . 80 . 10.0.0.0/8 }
add element inet selvedge allowed4 { 192.0.2.1 . tcp . 80 . 10.1.0.0/16 }
`,
  )
})

t.test('a mark that changes is deleted and added', async (t) => {
  t.equal(
    elementScript([{ verb: 'replace', item: { kind: 'mark', set: 'outside4', element: '192.0.2.1 . tcp . 80', mark: 0x1_2000 } }]),
    `delete element inet selvedge outside4 { 192.0.2.1 . tcp . 80 : 0x12000 }
add element inet selvedge outside4 { 192.0.2.1 . tcp . 80 : 0x12000 }
`,
  )
})
