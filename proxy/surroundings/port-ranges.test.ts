import t from 'tap'
import { formatPortRanges, intersect, parsePortRanges, subtract, union } from './port-ranges.ts'

const ranges = (text: string) => parsePortRanges(text) ?? []

t.test('ranges are read as the kernel prints them, and printed alike', async (t) => {
  t.same(parsePortRanges('53,8080,30000-32767'), [
    { first: 53, last: 53 },
    { first: 8080, last: 8080 },
    { first: 30000, last: 32767 },
  ])
  t.same(parsePortRanges(''), [])
  for (const text of ['', '53', '0-65535', '1,3,5-7']) t.equal(formatPortRanges(ranges(text)), text)
})

t.test('what is no set of ports is not guessed at', async (t) => {
  for (const text of ['x', '5-', '70000', '9-3', '1;2', '-5', '123456']) t.equal(parsePortRanges(text), undefined, text)
})

const SUMS: readonly (readonly [one: string, other: string, union: string, difference: string, common: string])[] = [
  ['', '', '', '', ''],
  ['', '30000-32767', '30000-32767', '', ''],
  ['30000-32767', '', '30000-32767', '30000-32767', ''],
  ['8080,9100', '30000-32767', '8080,9100,30000-32767', '8080,9100', ''],
  ['30000-31000', '30500-32767', '30000-32767', '30000-30499', '30500-31000'],
  ['30000-32767', '31000', '30000-32767', '30000-30999,31001-32767', '31000'],
  ['30000-32767', '30000-32767', '30000-32767', '', '30000-32767'],
  ['100-200,300-400', '150-350', '100-400', '100-149,351-400', '150-200,300-350'],
  ['29999', '30000-32767', '29999-32767', '29999', ''],
  ['0-65535', '1-65534', '0-65535', '0,65535', '1-65534'],
]

t.test('union, difference and common ports', async (t) => {
  for (const [one, other, both, left, common] of SUMS) {
    t.equal(formatPortRanges(union(ranges(one), ranges(other))), both, `${one} + ${other}`)
    t.equal(formatPortRanges(subtract(ranges(one), ranges(other))), left, `${one} - ${other}`)
    t.equal(formatPortRanges(intersect(ranges(one), ranges(other))), common, `${one} & ${other}`)
  }
})
