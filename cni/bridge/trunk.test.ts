import t from 'tap'
import { decode, list } from '../protocol/decode.ts'
import { parseJson } from '../protocol/json.ts'
import { trunkVlans, VLAN_TRUNK } from './trunk.ts'

const vlans = (json: string): number[] => trunkVlans(decode(parseJson(json), list(VLAN_TRUNK)))

const accepted: [title: string, json: string, expected: number[]][] = [
  ['[bridge 1] an empty trunk has no VLANs', '[]', []],
  ['[bridge 2] a range gives all its ids', '[{"minID": 100, "maxID": 105}]', [100, 101, 102, 103, 104, 105]],
  ['[bridge 3] a single id gives itself', '[{"id": 10}]', [10]],
  ['[bridge 4] ids and ranges are merged in ascending order', '[{"id": 12}, {"minID": 9, "maxID": 11}, {"id": 10}]', [9, 10, 11, 12]],
  ['one element may hold a range and an id', '[{"minID": 4093, "maxID": 4094, "id": 1}]', [1, 4093, 4094]],
  ['a null element adds nothing', '[null, {}]', []],
]
for (const [title, json, expected] of accepted) {
  t.test(title, (t) => {
    t.strictSame(vlans(json), expected)
    t.end()
  })
}

const refused: [title: string, json: string, message: string][] = [
  [
    '[bridge 5] a range without its end is refused',
    '[{"minID": 100}]',
    'minID and maxID should be configured simultaneously, maxID is missing',
  ],
  [
    '[bridge 6] a range without its start is refused',
    '[{"maxID": 100}]',
    'minID and maxID should be configured simultaneously, minID is missing',
  ],
  ['[bridge 7] a negative start is refused', '[{"minID": -1, "maxID": 100}]', 'incorrect trunk minID parameter'],
  ['[bridge 8] a start above 4094 is refused', '[{"minID": 4095, "maxID": 5000}]', 'incorrect trunk minID parameter'],
  ['[bridge 9] an end above 4094 is refused', '[{"minID": 1, "maxID": 4095}]', 'incorrect trunk maxID parameter'],
  ['[bridge 10] a negative end is refused', '[{"minID": 1, "maxID": -1}]', 'incorrect trunk maxID parameter'],
  ['[bridge 11] an id above 4094 is refused', '[{"id": 4095}]', 'incorrect trunk id parameter'],
  ['[bridge 12] a negative id is refused', '[{"id": -1}]', 'incorrect trunk id parameter'],
  [
    '[bridge 13] a range that ends before it starts is refused',
    '[{"minID": 5, "maxID": 3}]',
    'minID is greater than maxID in trunk parameter',
  ],
]
for (const [title, json, message] of refused) {
  t.test(title, (t) => {
    t.throws(() => vlans(json), { message })
    t.end()
  })
}
