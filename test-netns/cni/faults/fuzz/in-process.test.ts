/** A fuzz of all plugins in this process, on simulated machines. SOAK_SEED repeats a run. */
import t from 'tap'
import { chooseSeed, makeRandom } from '../random.ts'
import { complaintAbout, describe } from './judge.ts'
import { makeSimulatedRequest, runSimulated } from './simulated-suite.ts'

const CALLS = 3000

const seed = chooseSeed()

t.test(`whatever a plugin is asked, it answers with a result or an error object (seed ${seed})`, async (t) => {
  const random = makeRandom(seed)
  const codes = new Map<number | null, number>()
  for (let call = 0; call < CALLS; call++) {
    const request = makeSimulatedRequest(random)
    const started = performance.now()
    const outcome = runSimulated(request, random)
    codes.set(outcome.exitCode, (codes.get(outcome.exitCode) ?? 0) + 1)
    const complaint =
      performance.now() - started > 2000 ? 'it took more than two seconds' : complaintAbout(request.env.CNI_COMMAND, outcome)
    if (complaint === undefined) continue
    t.fail(`call ${call}: ${complaint}`)
    t.comment(describe(request, outcome))
  }
  // A fuzz that is refused at the door tests nothing.
  t.ok((codes.get(0) ?? 0) > CALLS / 10, 'many succeed')
  t.ok((codes.get(1) ?? 0) > CALLS / 10, 'many fail')
})
