import t from 'tap'
import { parseJson } from '../protocol/json.ts'
import { parseConfig } from './config.ts'

/** Each: a config; what is found in it, and where, as the `encoding/json` of Go 1.26 says it of the reference's types. */
const MESSAGES = [
  ['{"mtu":1.5}', 'number 1.5 into Go struct field NetConf.mtu of type int'],
  ['{"ipam":"x"}', 'string into Go struct field NetConf.NetConf.ipam of type types.IPAM'],
  ['{"ipam":{"type":5}}', 'number into Go struct field IPAM.NetConf.ipam.type of type string'],
  ['{"dns":[]}', 'array into Go struct field NetConf.NetConf.dns of type types.DNS'],
  ['{"dns":{"search":[5]}}', 'number into Go struct field DNS.NetConf.dns.search of type string'],
  ['{"prevResult":"x"}', 'string into Go struct field NetConf.NetConf.prevResult of type map[string]interface {}'],
  ['{"vlanTrunk":{}}', 'object into Go struct field NetConf.vlanTrunk of type []*main.VlanTrunk'],
  ['{"vlanTrunk":[5]}', 'number into Go struct field NetConf.vlanTrunk of type main.VlanTrunk'],
  ['{"vlanTrunk":[{"id":"x"}]}', 'string into Go struct field VlanTrunk.vlanTrunk.id of type int'],
  ['{"args":5}', 'number into Go struct field NetConf.args of type struct { Cni main.BridgeArgs "json:\\"cni,omitempty\\"" }'],
  ['{"args":{"cni":5}}', 'number into Go struct field .args.cni of type main.BridgeArgs'],
  ['{"args":{"cni":{"mac":5}}}', 'number into Go struct field BridgeArgs.args.cni.mac of type string'],
  ['[]', 'array into Go value of type main.NetConf'],
] as const

t.test('values of the wrong type are refused in the words of the reference’s Go', async (t) => {
  for (const [text, message] of MESSAGES) {
    t.throws(
      () => parseConfig({ config: parseJson(text), args: '' }),
      { message: `failed to load netconf: json: cannot unmarshal ${message}` },
      text,
    )
  }
})
