import t from 'tap'
import { FileFaults, illegal, pathOf } from './fault.ts'

t.test('the message has a line per fault, each naming the file', async (t) => {
  const faults = [illegal({ path: 'plugins[0].mtu', value: '1500', legal: 'a number' }), { path: '', problem: 'too much of it' }]
  t.equal(
    new FileFaults('a.conflist', faults).message,
    'a.conflist: plugins[0].mtu: "1500" is not legal: expected a number\na.conflist: too much of it',
  )
})

t.test('hundreds of faults are cut short', async (t) => {
  const faults = Array.from({ length: 300 }, (_, index) => ({ path: `[${index}]`, problem: 'bad' }))
  const lines = new FileFaults('a', faults).message.split('\n')
  t.strictSame([lines.length, lines[19], lines[20]], [21, 'a: [19]: bad', 'a: and 280 more'])
})

t.test('what a hostile file says cannot break a line or drive a terminal', async (t) => {
  const fault = illegal({ path: 'a\nb', value: '\u001b[31m\u009b', legal: 'a text' })
  t.equal(new FileFaults('x\n', [fault]).message, 'x?: a?b: "\\u001b[31m?" is not legal: expected a text')
})

t.test('a value that is not there is missing', async (t) => {
  t.strictSame(illegal({ path: 'name', value: undefined, legal: 'a text' }), { path: 'name', problem: 'missing: expected a text' })
  t.strictSame(illegal({ path: 'name', value: null, legal: 'a text' }), { path: 'name', problem: 'null is not legal: expected a text' })
})

t.test('a path reads as in JavaScript', async (t) => {
  t.equal(pathOf(['plugins', 0, 'ipam', 'ranges', 1, 0]), 'plugins[0].ipam.ranges[1][0]')
  t.equal(pathOf([]), '')
})
