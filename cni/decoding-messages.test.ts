/** What a config or result of the wrong types is told: in Go 1.24 and later, by which the reference is built, the path names embedded structs. */
import t from 'tap'
import { parseConfig } from './bridge/config.ts'
import { readConfig as readHostLocal } from './host-local/config.ts'
import { readConfig as readLoopback } from './loopback/config.ts'
import { readConfig as readPortmap } from './portmap/config.ts'
import { testCall } from './portmap/testing/call.ts'
import { parseJson } from './protocol/json.ts'
import { decodeResult } from './protocol/result-decode.ts'

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  bridge: (text) => parseConfig({ config: parseJson(text), args: '' }),
  portmap: (text) => readPortmap({ ...testCall(), config: parseJson(text) }, { iptables: () => true, nftables: () => true }),
  'host-local': (text) => readHostLocal({ config: parseJson(text), args: '' }),
  loopback: (text) => readLoopback(parseJson(text)),
  '1.0.0': (text) => decodeResult('1.0.0', parseJson(text)),
  '0.4.0': (text) => decodeResult('0.4.0', parseJson(text)),
  '0.2.0': (text) => decodeResult('0.2.0', parseJson(text)),
}

const complaintOf = (reader: string, text: string): string => {
  try {
    READERS[reader]?.(text)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Each line: the reader, the text, what was found, and where, as the `encoding/json` of Go 1.26 said it of the reference's types. */
const MESSAGES: readonly (readonly [reader: string, text: string, message: string])[] = [
  ['bridge', '{"mtu":1.5}', 'number 1.5 into Go struct field NetConf.mtu of type int'],
  ['bridge', '{"ipam":"x"}', 'string into Go struct field NetConf.NetConf.ipam of type types.IPAM'],
  ['bridge', '{"ipam":{"type":5}}', 'number into Go struct field IPAM.NetConf.ipam.type of type string'],
  ['bridge', '{"dns":[]}', 'array into Go struct field NetConf.NetConf.dns of type types.DNS'],
  ['bridge', '{"dns":{"search":[5]}}', 'number into Go struct field DNS.NetConf.dns.search of type string'],
  ['bridge', '{"prevResult":"x"}', 'string into Go struct field NetConf.NetConf.prevResult of type map[string]interface {}'],
  ['bridge', '{"vlanTrunk":{}}', 'object into Go struct field NetConf.vlanTrunk of type []*main.VlanTrunk'],
  ['bridge', '{"vlanTrunk":[5]}', 'number into Go struct field NetConf.vlanTrunk of type main.VlanTrunk'],
  ['bridge', '{"vlanTrunk":[{"id":"x"}]}', 'string into Go struct field VlanTrunk.vlanTrunk.id of type int'],
  ['bridge', '{"args":5}', 'number into Go struct field NetConf.args of type struct { Cni main.BridgeArgs "json:\\"cni,omitempty\\"" }'],
  ['bridge', '{"args":{"cni":5}}', 'number into Go struct field .args.cni of type main.BridgeArgs'],
  ['bridge', '{"args":{"cni":{"mac":5}}}', 'number into Go struct field BridgeArgs.args.cni.mac of type string'],
  ['bridge', '[]', 'array into Go value of type main.NetConf'],
  ['portmap', '{"snat":5}', 'number into Go struct field PortMapConf.snat of type bool'],
  ['portmap', '{"capabilities":5}', 'number into Go struct field PortMapConf.NetConf.capabilities of type map[string]bool'],
  [
    'portmap',
    '{"runtimeConfig":{"portMappings":{}}}',
    'object into Go struct field .runtimeConfig.portMappings of type []main.PortMapEntry',
  ],
  [
    'portmap',
    '{"runtimeConfig":{"portMappings":[{"hostPort":"80"}]}}',
    'string into Go struct field PortMapEntry.runtimeConfig.portMappings.hostPort of type int',
  ],
  ['host-local', '{"ipam":{"subnet":5}}', 'number into Go struct field IPAMConfig.ipam.Range.subnet of type string'],
  ['host-local', '{"ipam":{"rangeStart":5}}', 'number into Go struct field IPAMConfig.ipam.Range.rangeStart of type net.IP'],
  ['host-local', '{"ipam":{"name":5}}', 'number into Go struct field IPAMConfig.ipam.Name of type string'],
  ['host-local', '{"ipam":{"ranges":[{}]}}', 'object into Go struct field IPAMConfig.ipam.ranges of type allocator.RangeSet'],
  ['host-local', '{"ipam":{"routes":[{"dst":5}]}}', 'number into Go struct field IPAMConfig.ipam.routes.dst of type string'],
  ['host-local', '{"ipam":{"routes":5}}', 'number into Go struct field IPAMConfig.ipam.routes of type []*types.Route'],
  ['host-local', '{"runtimeConfig":{"ips":[5]}}', 'number into Go struct field .runtimeConfig.ips of type *ip.IP'],
  ['host-local', '{"runtimeConfig":{"ipRanges":[{}]}}', 'object into Go struct field .runtimeConfig.ipRanges of type allocator.RangeSet'],
  ['loopback', '{"dns":5}', 'number into Go struct field PluginConf.dns of type types.DNS'],
  ['1.0.0', '{"interfaces":5}', 'number into Go struct field Result.interfaces of type []*types100.Interface'],
  ['1.0.0', '{"interfaces":[{"mtu":"x"}]}', 'string into Go struct field Interface.interfaces.mtu of type int'],
  ['1.0.0', '{"ips":[5]}', 'number into Go struct field Result.ips of type types100.ipConfig'],
  ['1.0.0', '{"ips":[{"address":5}]}', 'number into Go struct field Result.ips.address of type string'],
  ['1.0.0', '{"routes":[{"mtu":"x"}]}', 'string into Go struct field Result.routes.mtu of type int'],
  ['0.4.0', '{"ips":5}', 'number into Go struct field Result.ips of type []*types040.IPConfig'],
  ['0.2.0', '{"ip4":{"ip":5}}', 'number into Go struct field Result.ip4.ip of type string'],
  ['0.2.0', '{"ip4":{"routes":5}}', 'number into Go struct field Result.ip4.routes of type []types.Route'],
]

t.test('values of the wrong type are refused in Go’s words', async (t) => {
  for (const [reader, text, message] of MESSAGES) {
    t.equal(complaintOf(reader, text).replace(/^failed to [a-z ]+: /, ''), `json: cannot unmarshal ${message}`, `${reader} ${text}`)
  }
})

t.test('null where an address with its prefix belongs is the empty text, as in Go', async (t) => {
  const complaint = 'invalid CIDR address: '
  t.equal(complaintOf('host-local', '{"ipam":{"subnet":null}}'), complaint)
  t.equal(complaintOf('1.0.0', '{"ips":[{"address":null}]}'), complaint)
  t.equal(complaintOf('1.0.0', '{"routes":[{"dst":null}]}'), complaint)
})
