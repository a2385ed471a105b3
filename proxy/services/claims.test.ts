import t from 'tap'
import { type Claim, createClaims } from './claims.ts'

const chosen = (createdAt: number, ...texts: string[]): Claim => ({ createdAt, given: [], chosen: texts })
const given = (createdAt: number, ...texts: string[]): Claim => ({ createdAt, given: texts, chosen: [] })

/** Every order of a few things. */
const orders = <Thing>(things: readonly Thing[]): Thing[][] =>
  things.length < 2
    ? [[...things]]
    : things.flatMap((first) => orders(things.filter((each) => each !== first)).map((rest) => [first, ...rest]))

t.test('the older Service has it, then the one with the lesser key, in whatever order they are heard of', async (t) => {
  const services: readonly (readonly [string, Claim])[] = [
    ['ns/c', chosen(100, 'x')],
    ['ns/b', chosen(200, 'x')],
    ['ns/a', chosen(200, 'x')],
    ['ns/z', chosen(50, 'y')],
  ]
  const tried = orders(services)
  t.equal(tried.length, 24)
  for (const order of tried) {
    const claims = createClaims()
    for (const [key, claim] of order) claims.set(key, claim)
    t.same([claims.holder('x'), claims.holder('y'), claims.holder('z')], ['ns/c', 'ns/z', undefined])
    claims.set('ns/c', undefined)
    t.equal(claims.holder('x'), 'ns/a')
    claims.set('ns/a', chosen(200))
    t.equal(claims.holder('x'), 'ns/b')
    claims.set('ns/b', undefined)
    t.equal(claims.holder('x'), undefined)
  }
})

t.test('what the API server gave to a Service nobody takes by choosing it earlier', async (t) => {
  const claims = createClaims()
  claims.set('ns/thief', chosen(1, 'x', 'y'))
  claims.set('ns/owner', given(200, 'x'))
  t.same([claims.holder('x'), claims.holder('y')], ['ns/owner', 'ns/thief'])
  claims.set('ns/first', given(100, 'x'))
  t.equal(claims.holder('x'), 'ns/first')
})

t.test('those whose share may change are named: rivals over what is gained, lost, or claimed with another age or right', async (t) => {
  const claims = createClaims()
  t.same(claims.set('ns/a', chosen(100, 'x', 'y')), [])
  t.same(claims.set('ns/b', chosen(200, 'y', 'z')), ['ns/a'])
  t.same(claims.set('ns/b', chosen(200, 'y', 'z')), [], 'nothing new')
  t.same(claims.set('ns/b', chosen(50, 'y', 'z')), ['ns/a'])
  t.same(claims.set('ns/b', given(50, 'y', 'z')), ['ns/a'])
  t.same(claims.set('ns/b', given(50, 'z')), ['ns/a'])
  t.same(claims.set('ns/b', given(50)), [])
  t.same(claims.set('ns/a', undefined), [])
})

t.test('thousands of Services that claim thousands of the same addresses are told apart in a moment', async (t) => {
  const claims = createClaims()
  const texts = Array.from({ length: 5_000 }, (_, index) => `x${index}`)
  claims.set('ns/given', { createdAt: 9, given: texts, chosen: [] })
  claims.set('ns/chosen', { createdAt: 1, given: [], chosen: texts })
  for (let index = 0; index < 2_000; index++) claims.set(`ns/s${index}`, chosen(index + 10, 'y'))
  const begun = process.cpuUsage()
  t.same(new Set(texts.map(claims.holder)), new Set(['ns/given']))
  const holders = Array.from({ length: 20_000 }, () => claims.holder('y'))
  t.same(new Set(holders), new Set(['ns/s0']))
  const { user } = process.cpuUsage(begun)
  t.ok(user < 1e6, `${Math.round(user / 1e3)} ms`)
})

t.test('an older claim, and one that becomes a right, count from then on', async (t) => {
  const claims = createClaims()
  for (const [key, age] of [
    ['ns/a', 100],
    ['ns/b', 200],
    ['ns/c', 300],
  ] as const)
    claims.set(key, chosen(age, 'x'))
  t.equal(claims.holder('x'), 'ns/a')
  t.same(claims.set('ns/b', chosen(50, 'x')), ['ns/a', 'ns/c'])
  t.equal(claims.holder('x'), 'ns/b')
  t.same(claims.set('ns/c', given(300, 'x')), ['ns/a', 'ns/b'])
  t.equal(claims.holder('x'), 'ns/c')
})
