import t from 'tap'
import { pairwise, product } from './select-cases.ts'

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
