import t from 'tap'
import { bool, type Decoder, decode, int, list, map, optional, rawObject, string, struct, text, withDefault } from './decode.ts'
import { parseJson } from './json.ts'

const INNER = struct('main.Inner', { id: int, tags: list(string) })
const CONFIG = struct('main.NetConf', {
  bridge: withDefault(string, 'cni0'),
  mtu: int,
  isGateway: bool,
  inner: INNER,
  trunk: list(INNER),
  runtimeConfig: struct('struct { Mac string }', { mac: string }),
  maybe: optional(int),
  capabilities: map(bool),
  prevResult: rawObject,
  upper: text('main.Upper', '', (written) => {
    if (written !== written.toUpperCase()) throw new Error(`not upper: ${written}`)
    return written
  }),
})
const read = (json: string) => decode(parseJson(json), CONFIG)

const ABSENT = {
  bridge: 'cni0',
  mtu: 0,
  isGateway: false,
  inner: { id: 0, tags: [] },
  trunk: [],
  runtimeConfig: { mac: '' },
  maybe: undefined,
  capabilities: new Map(),
  prevResult: undefined,
  upper: '',
}

t.test('absent fields, null and an absent config are the defaults', async (t) => {
  t.same(read('{}'), ABSENT)
  t.same(read('null'), ABSENT)
  t.same(read('{"bridge":null,"mtu":null,"inner":null,"trunk":null,"maybe":null,"capabilities":null,"prevResult":null}'), ABSENT)
})

t.test('an empty text is not the default', async (t) => t.equal(read('{"bridge":""}').bridge, ''))

t.test('[types] keys match in any case, also with the letters that Unicode folds to ASCII', async (t) => {
  t.equal(read('{"MTU":1}').mtu, 1)
  t.equal(read('{"RuntimeConfig":{"MAC":"x"}}').runtimeConfig.mac, 'x')
  t.equal(read('{"i\u017fgateway":true}').isGateway, true)
})

t.test('the last of equal keys wins, null leaves it, objects are read into one another', async (t) => {
  t.equal(read('{"mtu":1,"Mtu":2,"mtu":3}').mtu, 3)
  t.equal(read('{"mtu":1,"MTU":null}').mtu, 1)
  t.equal(read('{"maybe":1,"maybe":null}').maybe, undefined)
  t.same(read('{"inner":{"id":1,"tags":["a"]},"INNER":{"tags":["b"]}}').inner, { id: 1, tags: ['b'] })
})

t.test('unknown keys are ignored, whatever they hold', async (t) =>
  t.same(read('{"other":{"mtu":"x"},"constructor":1,"__proto__":2}'), ABSENT),
)

t.test('a null in a list is the zero value', async (t) =>
  t.same(
    read('{"trunk":[null,{"id":2}]}').trunk.map(({ id }) => id),
    [0, 2],
  ),
)

t.test('[types] types are strict, and mismatches have the sentences of Go', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"mtu":"1500"}', 'string into Go struct field NetConf.mtu of type int'],
    ['{"mtu":1500.5}', 'number 1500.5 into Go struct field NetConf.mtu of type int'],
    ['{"mtu":1500.0}', 'number 1500.0 into Go struct field NetConf.mtu of type int'],
    ['{"mtu":1e3}', 'number 1e3 into Go struct field NetConf.mtu of type int'],
    ['{"mtu":99999999999999999999}', 'number 99999999999999999999 into Go struct field NetConf.mtu of type int'],
    ['{"mtu":true}', 'bool into Go struct field NetConf.mtu of type int'],
    ['{"isGateway":"yes"}', 'string into Go struct field NetConf.isGateway of type bool'],
    ['{"isGateway":1}', 'number into Go struct field NetConf.isGateway of type bool'],
    ['{"bridge":[]}', 'array into Go struct field NetConf.bridge of type string'],
    ['{"inner":1}', 'number into Go struct field NetConf.inner of type main.Inner'],
    ['{"inner":{"id":"x"}}', 'string into Go struct field Inner.inner.id of type int'],
    ['{"inner":{"tags":[1]}}', 'number into Go struct field Inner.inner.tags of type string'],
    ['{"trunk":{}}', 'object into Go struct field NetConf.trunk of type []main.Inner'],
    ['{"trunk":[{"id":"x"}]}', 'string into Go struct field Inner.trunk.id of type int'],
    ['{"runtimeConfig":{"mac":1}}', 'number into Go struct field .runtimeConfig.mac of type string'],
    ['{"maybe":"x"}', 'string into Go struct field NetConf.maybe of type int'],
    ['{"capabilities":{"a":"x"}}', 'string into Go struct field NetConf.capabilities of type bool'],
    ['{"prevResult":"x"}', 'string into Go struct field NetConf.prevResult of type map[string]interface {}'],
    ['[]', 'array into Go value of type main.NetConf'],
  ]
  for (const [json, message] of cases) t.throws(() => read(json), { message: `json: cannot unmarshal ${message}` }, json)
})

t.test('the first mismatch of the document is the one reported', async (t) => {
  t.throws(() => read('{"upper":"low","mtu":"x"}'), { message: 'not upper: low' })
})

t.test('a decoder works on its own', async (t) => {
  const numbers: Decoder<readonly number[]> = list(int)
  t.same(decode(parseJson('[1,-0,3]'), numbers), [1, 0, 3])
})
