import t from 'tap'
import { guestEnvironment } from './environment.ts'

t.test('the guest gets what every command needs, and nothing else unasked', async (t) => {
  t.same(guestEnvironment({ PATH: '/bin:/usr/sbin', HOME: '/h', CI: 'true', TOKEN: 'secret' }, []), {
    PATH: '/bin:/usr/sbin:/usr/local/sbin:/sbin',
    HOME: '/h',
    CI: 'true',
  })
})

t.test('a variable asked for is passed on or set', async (t) => {
  t.match(guestEnvironment({ A: '1' }, ['A', 'B=x=y']), { A: '1', B: 'x=y' })
})

t.test('a variable asked for that is not set is refused', async (t) => {
  t.throws(() => guestEnvironment({}, ['A']), { message: '--env A: not set' })
})
