import t from 'tap'
import { pairwise, product, sampleOf } from './select-cases.ts'

const DIMENSIONS = { size: ['small', 'large', 'huge'], colour: ['red', 'blue'], taste: ['sweet', 'sour'] }

t.test('a product has every combination of what varies, and the first value of the rest', async (t) => {
  t.same(product(DIMENSIONS, ['size', 'taste']), [
    { size: 'small', colour: 'red', taste: 'sweet' },
    { size: 'small', colour: 'red', taste: 'sour' },
    { size: 'large', colour: 'red', taste: 'sweet' },
    { size: 'large', colour: 'red', taste: 'sour' },
    { size: 'huge', colour: 'red', taste: 'sweet' },
    { size: 'huge', colour: 'red', taste: 'sour' },
  ])
})

t.test('any two values meet in a pairwise selection, which is smaller than the product', async (t) => {
  const cases = pairwise(DIMENSIONS)
  for (const size of DIMENSIONS.size) {
    for (const colour of DIMENSIONS.colour) t.ok(cases.some((each) => each.size === size && each.colour === colour))
    for (const taste of DIMENSIONS.taste) t.ok(cases.some((each) => each.size === size && each.taste === taste))
  }
  for (const colour of DIMENSIONS.colour)
    for (const taste of DIMENSIONS.taste) t.ok(cases.some((each) => each.colour === colour && each.taste === taste))
  t.ok(cases.length < product(DIMENSIONS, ['size', 'colour', 'taste']).length)
})

t.test('a sample has every value as often as asked, and what is wanted, and is smaller', async (t) => {
  const all = product(DIMENSIONS, ['size', 'colour', 'taste'])
  const cases = sampleOf(all, 2, [({ size, taste }) => size === 'huge' && taste === 'sour'])
  for (const [name, values] of Object.entries(DIMENSIONS))
    for (const value of values)
      t.ok(cases.filter((each) => Object.entries(each).some(([one, is]) => one === name && is === value)).length >= 2)
  t.ok(cases.some(({ size, taste }) => size === 'huge' && taste === 'sour'))
  t.ok(cases.length < all.length)
})
