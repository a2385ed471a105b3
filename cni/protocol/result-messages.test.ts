import t from 'tap'
import { parseJson } from './json.ts'
import { decodeResult } from './result-decode.ts'

/** Each: a version; a result; what is found in it, and where, as the `encoding/json` of Go 1.26 says it of the reference's types. */
const MESSAGES = [
  ['1.0.0', '{"interfaces":5}', 'number into Go struct field Result.interfaces of type []*types100.Interface'],
  ['1.0.0', '{"interfaces":[{"mtu":"x"}]}', 'string into Go struct field Interface.interfaces.mtu of type int'],
  ['1.0.0', '{"ips":[5]}', 'number into Go struct field Result.ips of type types100.ipConfig'],
  ['1.0.0', '{"ips":[{"address":5}]}', 'number into Go struct field Result.ips.address of type string'],
  ['1.0.0', '{"routes":[{"mtu":"x"}]}', 'string into Go struct field Result.routes.mtu of type int'],
  ['0.4.0', '{"ips":5}', 'number into Go struct field Result.ips of type []*types040.IPConfig'],
  ['0.2.0', '{"ip4":{"ip":5}}', 'number into Go struct field Result.ip4.ip of type string'],
  ['0.2.0', '{"ip4":{"routes":5}}', 'number into Go struct field Result.ip4.routes of type []types.Route'],
] as const

t.test('results of the wrong types are refused in the words of the reference’s Go', async (t) => {
  for (const [version, text, message] of MESSAGES) {
    t.throws(() => decodeResult(version, parseJson(text)), { message: `json: cannot unmarshal ${message}` }, text)
  }
})

t.test('null where an address with its prefix belongs is the empty text, as in Go', async (t) => {
  for (const text of ['{"ips":[{"address":null}]}', '{"routes":[{"dst":null}]}']) {
    t.throws(() => decodeResult('1.0.0', parseJson(text)), { message: 'invalid CIDR address: ' })
  }
})
