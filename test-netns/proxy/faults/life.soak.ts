/** Lives under faults for as long as there is time, each of another seed. */
import t from 'tap'
import { chooseSeed } from '../../cni/faults/random.ts'
import { deadline, soakMinutes } from '../../soak.ts'
import { live } from './life.ts'

const seed = chooseSeed()

t.test(`changes, refusals, drift and restarts in any order (seeds from ${seed})`, async (t) => {
  const isOver = deadline(soakMinutes())
  for (let number = seed; !isOver(); number++) {
    let left = 40
    if (live(t, number, () => left-- === 0) < 40) return t.fail(`the life of seed ${number}`)
  }
  return t.pass('at each rest the kernel is what the reference model says')
})
