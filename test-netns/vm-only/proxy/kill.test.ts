/** kill -9 at messages to the kernel, of a change and of a start, on real IPVS; `kill.soak.ts` has more points. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { killRounds } from './kill/rounds.ts'

t.setTimeout(600_000)

t.test('kill -9 in the middle', requires('root', 'ipvs', 'nft', 'ipvsadm', 'strace', 'openssl'), async (t) => {
  t.equal(await killRounds(t, [{ change: 0.5, start: 0.3 }]), 1)
})
