import t from 'tap'
import { parseJson } from '../protocol/json.ts'
import { readConfig } from './config.ts'

/** Each: a config; what is found in it, and where, as the `encoding/json` of Go 1.26 says it of the reference's types. */
const MESSAGES = [['{"dns":5}', 'number into Go struct field PluginConf.dns of type types.DNS']] as const

t.test('values of the wrong type are refused in the words of the reference’s Go', async (t) => {
  for (const [text, message] of MESSAGES) {
    t.throws(() => readConfig(parseJson(text)), { message: `failed to parse network config: json: cannot unmarshal ${message}` }, text)
  }
})
