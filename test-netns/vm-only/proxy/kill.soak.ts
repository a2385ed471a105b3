/** kill -9 at messages to the kernel, evenly spread, for as long as there is time. Its short version is the churn of `faults.test.ts`, which kills at any time. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { deadline, soakMinutes } from '../../soak.ts'
import { killRounds } from './kill/rounds.ts'

t.setTimeout(0)

t.test('kill -9 in the middle', requires('root', 'ipvs', 'nft', 'ipvsadm', 'strace', 'openssl'), async (t) => {
  // Steps that no number of messages is a multiple of spread the points, however many there is time for.
  const points = Array.from({ length: 1_000 }, (_, index) => ({ change: (index * 0.381966) % 1, start: (index * 0.618034) % 1 }))
  const isOver = deadline(soakMinutes())
  let asked = 0
  // A change and the way back, however little time there is.
  const rounds = await killRounds(t, points, () => asked++ < 2 || !isOver())
  t.ok(rounds >= 2, `${rounds} rounds`)
})
