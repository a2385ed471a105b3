import t from 'tap'
import { parseJson } from '../protocol/json.ts'
import { readConfig } from './config.ts'
import { testCall } from './testing/call.ts'

/** Each: a config; what is found in it, and where, as the `encoding/json` of Go 1.26 says it of the reference's types. */
const MESSAGES = [
  ['{"snat":5}', 'number into Go struct field PortMapConf.snat of type bool'],
  ['{"capabilities":5}', 'number into Go struct field PortMapConf.NetConf.capabilities of type map[string]bool'],
  ['{"runtimeConfig":{"portMappings":{}}}', 'object into Go struct field .runtimeConfig.portMappings of type []main.PortMapEntry'],
  [
    '{"runtimeConfig":{"portMappings":[{"hostPort":"80"}]}}',
    'string into Go struct field PortMapEntry.runtimeConfig.portMappings.hostPort of type int',
  ],
] as const

t.test('values of the wrong type are refused in the words of the reference’s Go', async (t) => {
  for (const [text, message] of MESSAGES) {
    t.throws(
      () => readConfig({ ...testCall(), config: parseJson(text) }, { iptables: () => true, nftables: () => true }),
      { message: `failed to parse network configuration: json: cannot unmarshal ${message}` },
      text,
    )
  }
})
