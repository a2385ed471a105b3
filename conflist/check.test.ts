import t from 'tap'
import { checkConflist } from './check.ts'
import type { JsonObject, JsonValue } from './json.ts'

/** Faults of a list with this one plugin, as `path: problem`. */
const faultsOf = (plugin: JsonValue): readonly string[] =>
  checkConflist({ cniVersion: '1.0.0', name: 'net', plugins: [plugin] }).map(({ path, problem }) => `${path}: ${problem}`)

const bridge = (fields: JsonObject): JsonObject => ({ type: 'bridge', ...fields })
const ipam = (fields: JsonObject): JsonObject => bridge({ ipam: { type: 'host-local', ...fields } })
const portmap = (fields: JsonObject): JsonObject => ({ type: 'portmap', ...fields })

t.test('complete lists of every shipped plugin have no fault', async (t) => {
  const lists: readonly JsonObject[] = [
    {
      cniVersion: '1.1.0',
      cniVersions: ['0.4.0', '1.2.0'],
      name: 'k8s-pod_network.1',
      disableCheck: 'true',
      disableGC: false,
      loadOnlyInlinedPlugins: true,
      plugins: [
        {
          name: 'any',
          type: 'bridge',
          bridge: 'kube-bridge',
          isGateway: true,
          isDefaultGateway: true,
          forceAddress: false,
          ipMasq: true,
          ipMasqBackend: 'nftables',
          mtu: 1450,
          hairpinMode: true,
          promiscMode: false,
          vlan: 4094,
          vlanTrunk: [{ minID: 1, maxID: 5 }, { id: 7 }],
          macspoofchk: true,
          capabilities: { mac: true },
          dns: { nameservers: ['10.0.0.10'] },
          ipam: {
            type: 'host-local',
            ranges: [[{ subnet: '10.20.1.0/24', rangeStart: '10.20.1.10', gateway: '10.20.1.1' }], [{ subnet: 'fd00::/64' }]],
            routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0', gw: 'fd00::1' }],
            dataDir: '/run/cni',
            resolvConf: '/etc/resolv.conf',
          },
        },
        { type: 'portmap', snat: true, masqAll: false, markMasqBit: 14, backend: 'iptables', conditionsV4: ['!', '-d', '192.0.2.0/24'] },
        { type: 'loopback' },
        { type: 'tuning', sysctl: { 'net.core.somaxconn': '500' } },
      ],
    },
    { name: 'net', plugins: [{ type: 'bridge', mtu: null, ipam: {} }] },
    { name: 'net', plugins: [{ type: 'bridge', ipam: { type: 'dhcp', ranges: 'its own' } }] },
  ]
  for (const list of lists) t.strictSame(checkConflist(list), [])
})

const CASES: readonly (readonly [plugin: JsonValue, fault: string])[] = [
  [5, 'plugins[0]: 5 is not legal: expected an object with the "type" of a plugin'],
  [{}, 'plugins[0].type: missing: expected the file name of a plugin, such as bridge'],
  [{ type: '../../bin/sh' }, 'plugins[0].type: "../../bin/sh" is not legal: expected the file name of a plugin, such as bridge'],
  [{ type: '..' }, 'plugins[0].type: ".." is not legal: expected the file name of a plugin, such as bridge'],
  [{ type: '' }, 'plugins[0].type: "" is not legal: expected the file name of a plugin, such as bridge'],
  [bridge({ mtu: '1500' }), 'plugins[0].mtu: "1500" is not legal: expected a whole number from 0 to 65535'],
  [bridge({ mtu: 1.5 }), 'plugins[0].mtu: 1.5 is not legal: expected a whole number from 0 to 65535'],
  [bridge({ mtu: -1 }), 'plugins[0].mtu: -1 is not legal: expected a whole number from 0 to 65535'],
  [bridge({ hairpinMode: 'yes' }), 'plugins[0].hairpinMode: "yes" is not legal: expected true or false'],
  [bridge({ vlan: 4095 }), 'plugins[0].vlan: 4095 is not legal: expected a whole number from 0 to 4094'],
  [bridge({ bridge: 'a/b' }), 'plugins[0].bridge: "a/b" is not legal: expected an interface name of at most 15 characters'],
  [
    bridge({ bridge: 'sixteen-letters-' }),
    'plugins[0].bridge: "sixteen-letters-" is not legal: expected an interface name of at most 15 characters',
  ],
  [bridge({ ipMasqBackend: 'ipvs' }), 'plugins[0].ipMasqBackend: "ipvs" is not legal: expected iptables, nftables'],
  [bridge({ ipam: 'host-local' }), 'plugins[0].ipam: "host-local" is not legal: expected an object'],
  [bridge({ ipam: { type: 7 } }), 'plugins[0].ipam.type: 7 is not legal: expected the name of an IPAM plugin'],
  [
    ipam({ subnet: '10.0.0.1/24' }),
    'plugins[0].ipam.subnet: "10.0.0.1/24" is not legal: expected a network such as 10.20.0.0/24, without host bits',
  ],
  [ipam({ ranges: {} }), 'plugins[0].ipam.ranges: {} is not legal: expected a list of lists of ranges: [[{"subnet": …}]]'],
  [
    ipam({ ranges: [{ subnet: '10.0.0.0/24' }] }),
    'plugins[0].ipam.ranges[0]: {"subnet":"10.0.0.0/24"} is not legal: expected a list of ranges: [{"subnet": …}]',
  ],
  [ipam({ ranges: [[{}]] }), 'plugins[0].ipam.ranges[0][0].subnet: missing: expected a network such as 10.20.0.0/24, without host bits'],
  [
    ipam({ ranges: [[{ subnet: '10.0.0.0/24', gateway: 'x' }]] }),
    'plugins[0].ipam.ranges[0][0].gateway: "x" is not legal: expected an IP address',
  ],
  [
    ipam({ routes: [{ gw: '10.0.0.1' }] }),
    'plugins[0].ipam.routes[0].dst: missing: expected an address with a prefix length, such as 0.0.0.0/0',
  ],
  [ipam({ dataDir: 'relative' }), 'plugins[0].ipam.dataDir: "relative" is not legal: expected an absolute path'],
  [portmap({ snat: 1 }), 'plugins[0].snat: 1 is not legal: expected true or false'],
  [portmap({ markMasqBit: 32 }), 'plugins[0].markMasqBit: 32 is not legal: expected a whole number from 0 to 31'],
  [portmap({ conditionsV4: '-d' }), 'plugins[0].conditionsV4: "-d" is not legal: expected a list of texts'],
  [
    portmap({ capabilities: { portMappings: 'true' } }),
    'plugins[0].capabilities.portMappings: "true" is not legal: expected true or false',
  ],
  [
    bridge({ hairpinMode: true, promiscMode: true }),
    'plugins[0].promiscMode: true is not legal: expected false, because hairpinMode is true',
  ],
  [
    bridge({ disableContainerInterface: true, ipam: { type: 'host-local' } }),
    'plugins[0].disableContainerInterface: true is not legal: expected false, because there is an ipam',
  ],
  [
    portmap({ markMasqBit: 1, externalSetMarkChain: 'X' }),
    'plugins[0].externalSetMarkChain: "X" is not legal: expected nothing, because there is a markMasqBit',
  ],
  [bridge({ IPAM: {} }), 'plugins[0]: the key "IPAM" must be written "ipam"'],
  [ipam({ Ranges: [] }), 'plugins[0].ipam: the key "Ranges" must be written "ranges"'],
]

t.test('every fault names its path, the value and what is legal', async (t) => {
  for (const [plugin, fault] of CASES) t.strictSame(faultsOf(plugin), [fault], fault)
})

t.test('a long value is cut', async (t) => {
  t.strictSame(faultsOf(bridge({ mtu: 'x'.repeat(1_000) })), [
    `plugins[0].mtu: "${'x'.repeat(79)}… is not legal: expected a whole number from 0 to 65535`,
  ])
})
