import t from 'tap'
import { filledIn } from './placeholders.ts'

t.test('each placeholder is filled in, and none that a filling contains', async (t) => {
  t.equal(filledIn('DIR/x of POD in DIR', { DIR: '/tmp/xBIN', POD: 'DIR', BIN: '/bin' }), '/tmp/xBIN/x of DIR in /tmp/xBIN')
})
