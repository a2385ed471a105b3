import t from 'tap'
import { parseJson } from '../protocol/json.ts'
import { type BridgeConfig, checkForAdd, parseConfig } from './config.ts'

const DEFAULTS: BridgeConfig = {
  bridge: 'cni0',
  mtu: undefined,
  mac: '',
  isGateway: false,
  isDefaultGateway: false,
  forceAddress: false,
  promiscuous: false,
  hairpin: false,
  isolated: false,
  detectDuplicates: false,
  leaveDown: false,
  vlan: 0,
  trunk: [],
  preserveDefaultVlan: false,
  vlanFiltering: false,
  ipam: '',
  dns: undefined,
  masquerade: false,
  masqueradeBackend: undefined,
  checkSource: false,
}

const parse = (json: string, args = ''): BridgeConfig => parseConfig({ config: parseJson(json), args })

t.test('a config is read by field, whatever the case of its keys', (t) => {
  const cases: [json: string, differing: Partial<BridgeConfig>][] = [
    ['{}', {}],
    ['{"bridge": "kube-bridge"}', { bridge: 'kube-bridge' }],
    ['{"bridge": ""}', { bridge: '' }],
    ['{"bridge": null}', {}],
    ['{"isGateway": true}', { isGateway: true }],
    ['{"IsDefaultGateway": true}', { isGateway: true, isDefaultGateway: true }],
    ['{"forceAddress": true}', { forceAddress: true }],
    ['{"mtu": 1400}', { mtu: 1400 }],
    ['{"mtu": 0}', {}],
    ['{"mtu": -5}', {}],
    ['{"hairpinMode": true}', { hairpin: true }],
    ['{"promiscMode": true}', { promiscuous: true }],
    ['{"portIsolation": true}', { isolated: true }],
    ['{"enabledad": true}', { detectDuplicates: true }],
    ['{"disableContainerInterface": true}', { leaveDown: true }],
    ['{"ipam": {"type": "host-local", "subnet": "10.0.0.0/24"}}', { ipam: 'host-local' }],
    ['{"ipam": {}}', {}],
    ['{"vlan": 0, "preserveDefaultVlan": true}', { preserveDefaultVlan: true }],
    ['{"ipMasq": false, "ipMasqBackend": "nftables", "macspoofchk": false}', { masqueradeBackend: 'nftables' }],
    ['{"ipMasq": true}', {}],
    ['{"ipMasq": true, "ipam": {"type": "x"}}', { ipam: 'x', masquerade: true }],
    ['{"ipMasq": true, "ipMasqBackend": "", "ipam": {"type": "x"}}', { ipam: 'x', masquerade: true, masqueradeBackend: '' }],
    ['{"vlan": 100}', { vlan: 100, vlanFiltering: true }],
    ['{"vlanTrunk": [{"id": 7}, {"minID": 2, "maxID": 4}]}', { trunk: [2, 3, 4, 7], vlanFiltering: true }],
    ['{"vlanTrunk": []}', { vlanFiltering: true }],
    ['{"vlanTrunk": null}', {}],
    ['{"macspoofchk": true, "vlan": 4094}', { vlan: 4094, vlanFiltering: true, checkSource: true }],
  ]
  for (const [json, differing] of cases) t.strictSame(parse(json), { ...DEFAULTS, ...differing }, json)
  t.end()
})

t.test('any DNS field replaces what IPAM says, an empty list included', (t) => {
  const empty = { nameservers: [], domain: '', search: [], options: [] }
  t.strictSame(parse('{"dns": {}}').dns, undefined)
  t.strictSame(parse('{"dns": {"domain": "", "search": null}}').dns, undefined)
  t.strictSame(parse('{"dns": {"options": []}}').dns, empty)
  t.strictSame(parse('{"dns": {"nameservers": ["1.1.1.1"]}}').dns, { ...empty, nameservers: ['1.1.1.1'] })
  t.strictSame(parse('{"dns": {"domain": "x", "search": ["y"]}}').dns, { ...empty, domain: 'x', search: ['y'] })
  t.end()
})

t.test('runtimeConfig.mac beats args.cni.mac, which beats CNI_ARGS', (t) => {
  const fromArgs = 'IgnoreUnknown=1;MAC=02:00:00:00:00:01;K8S_POD_NAME=x'
  t.equal(parse('{}', fromArgs).mac, '02:00:00:00:00:01')
  t.equal(parse('{"args": {"cni": {"mac": "02:00:00:00:00:02"}}}', fromArgs).mac, '02:00:00:00:00:02')
  t.equal(
    parse('{"args": {"cni": {"mac": "02:00:00:00:00:02"}}, "RuntimeConfig": {"mac": "02:00:00:00:00:03"}}', fromArgs).mac,
    '02:00:00:00:00:03',
  )
  t.equal(parse('{"runtimeConfig": {"mac": ""}}', fromArgs).mac, '02:00:00:00:00:01')
  t.end()
})

t.test('bad input is refused in the words of the reference', (t) => {
  const cases: [json: string, args: string, message: string][] = [
    ['{"mtu": 1500.5}', '', 'failed to load netconf: json: cannot unmarshal number 1500.5 into Go struct field NetConf.mtu of type int'],
    ['{"mtu": "1500"}', '', 'failed to load netconf: json: cannot unmarshal string into Go struct field NetConf.mtu of type int'],
    [
      '{"isGateway": "yes"}',
      '',
      'failed to load netconf: json: cannot unmarshal string into Go struct field NetConf.isGateway of type bool',
    ],
    ['{"bridge": 7}', '', 'failed to load netconf: json: cannot unmarshal number into Go struct field NetConf.bridge of type string'],
    ['{"vlan": 5000}', '', 'invalid VLAN ID 5000 (must be between 0 and 4094)'],
    ['{"vlan": -100, "vlanTrunk": [{"id": 0}]}', 'bad', 'invalid VLAN ID -100 (must be between 0 and 4094)'],
    ['{"vlanTrunk": [{"id": 0}]}', 'bad', 'incorrect trunk id parameter'],
    ['{"mtu": 4294967296}', 'bad', 'ARGS: invalid pair "bad"'],
    ['{}', 'K8S_POD_NAME=x', 'ARGS: unknown args ["K8S_POD_NAME=x"]'],
    ['{"mtu": 4294967296}', '', 'invalid mtu 4294967296 (must be at most 4294967295)'],
  ]
  for (const [json, args, message] of cases) t.throws(() => parse(json, args), { message }, json)
  t.end()
})

t.test('[bridge 59] a VLAN id is accepted from 0 to 4094', (t) => {
  t.throws(() => parse('{"vlan": -100}'), { message: 'invalid VLAN ID -100 (must be between 0 and 4094)' })
  t.doesNotThrow(() => parse('{"vlan": 0}'))
  t.doesNotThrow(() => parse('{"vlan": 4094}'))
  t.throws(() => parse('{"vlan": 5000}'), { message: 'invalid VLAN ID 5000 (must be between 0 and 4094)' })
  t.end()
})

const BOTH_MODES = 'cannot set hairpin mode and promiscuous mode at the same time'

t.test('ADD refuses contradictions first, then an unknown packet filter where one is needed', (t) => {
  const cases: [json: string, message: string][] = [
    [
      '{"ipam": {"type": "x"}, "disableContainerInterface": true, "hairpinMode": true, "promiscMode": true}',
      'cannot use IPAM when DisableContainerInterface flag is set',
    ],
    ['{"hairpinMode": true, "promiscMode": true}', BOTH_MODES],
    ['{"hairpinMode": true, "promiscMode": true, "ipMasq": true, "ipMasqBackend": "x", "ipam": {"type": "y"}}', BOTH_MODES],
    ['{"ipMasq": true, "ipMasqBackend": "x", "ipam": {"type": "y"}}', 'unknown ipmasq backend "x"'],
    ['{"ipMasq": true, "ipMasqBackend": "", "ipam": {"type": "y"}}', 'unknown ipmasq backend ""'],
  ]
  for (const [json, message] of cases) t.throws(() => checkForAdd(parse(json), '1.0.0'), { message }, json)
  t.doesNotThrow(() => checkForAdd(parse('{"ipMasqBackend": "x", "ipam": {"type": "y"}}'), '1.0.0'))
  t.doesNotThrow(() => checkForAdd(parse('{"ipMasq": true, "ipMasqBackend": "x"}'), '1.0.0'), 'layer 2 has nothing to masquerade')
  t.end()
})

t.test('[bridge 21] layer 2 is refused for versions whose results must have an address, before anything is made', (t) => {
  const message = 'cannot convert: no valid IP addresses'
  t.throws(() => checkForAdd(parse('{}'), '0.1.0'), { message })
  t.throws(() => checkForAdd(parse('{}'), '0.2.0'), { message })
  t.doesNotThrow(() => checkForAdd(parse('{}'), '0.3.0'))
  t.doesNotThrow(() => checkForAdd(parse('{"ipam": {"type": "x"}}'), '0.2.0'))
  t.end()
})
