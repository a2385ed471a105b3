import t from 'tap'
import { parseJson } from '../protocol/json.ts'
import { readConfig } from './config.ts'

/** Each: a config; what is found in it, and where, as the `encoding/json` of Go 1.26 says it of the reference's types. */
const MESSAGES = [
  ['{"ipam":{"subnet":5}}', 'number into Go struct field IPAMConfig.ipam.Range.subnet of type string'],
  ['{"ipam":{"rangeStart":5}}', 'number into Go struct field IPAMConfig.ipam.Range.rangeStart of type net.IP'],
  ['{"ipam":{"name":5}}', 'number into Go struct field IPAMConfig.ipam.Name of type string'],
  ['{"ipam":{"ranges":[{}]}}', 'object into Go struct field IPAMConfig.ipam.ranges of type allocator.RangeSet'],
  ['{"ipam":{"routes":[{"dst":5}]}}', 'number into Go struct field IPAMConfig.ipam.routes.dst of type string'],
  ['{"ipam":{"routes":5}}', 'number into Go struct field IPAMConfig.ipam.routes of type []*types.Route'],
  ['{"runtimeConfig":{"ips":[5]}}', 'number into Go struct field .runtimeConfig.ips of type *ip.IP'],
  ['{"runtimeConfig":{"ipRanges":[{}]}}', 'object into Go struct field .runtimeConfig.ipRanges of type allocator.RangeSet'],
] as const

t.test('values of the wrong type are refused in the words of the reference’s Go', async (t) => {
  for (const [text, message] of MESSAGES) {
    t.throws(() => readConfig({ config: parseJson(text), args: '' }), { message: `json: cannot unmarshal ${message}` }, text)
  }
})

t.test('null where a network belongs is the empty text, as in Go', async (t) => {
  const text = '{"ipam":{"subnet":null}}'
  t.throws(() => readConfig({ config: parseJson(text), args: '' }), { message: 'invalid CIDR address: ' })
})
