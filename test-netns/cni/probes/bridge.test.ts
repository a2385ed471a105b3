/** What the reference’s bridge says of each wrong config and situation, in the exact words. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { failure, type Probe, type ProbeCall, runProbes } from './probe.ts'

t.before(buildExecutables)

type BridgeProbe = Omit<Probe, 'plugin' | 'config'> & { readonly config: object }

const L2 = { bridge: 'br0' }
const L3 = { ...L2, ipam: { type: 'host-local', ranges: [[{ subnet: '10.3.0.0/24' }]], dataDir: 'DIR' } }

const probe = (each: BridgeProbe): Probe => ({ plugin: 'bridge', ...each, config: { ...L2, ...each.config } })

/** A wrong config is refused whatever is to be done. */
const badConfig = (config: object, words: string, env: Record<string, string> = {}): BridgeProbe[] =>
  ['ADD', 'CHECK', 'DEL'].map((verb) => ({ title: `${verb}: ${words}`, verb, config, env, prints: failure(words) }))

const badTrunk = (element: object, words: string): BridgeProbe[] => badConfig({ vlanTrunk: [{ id: 7 }, element] }, words)

const badVlan = (vlan: number): BridgeProbe[] => badConfig({ vlan }, `invalid VLAN ID ${vlan} (must be between 0 and 4094)`)

const CONFIGS: readonly BridgeProbe[] = [
  ...badVlan(-100),
  ...badVlan(4095),
  ...badTrunk({ minID: 0, maxID: 5 }, 'incorrect trunk minID parameter'),
  ...badTrunk({ minID: 4095, maxID: 4096 }, 'incorrect trunk minID parameter'),
  ...badTrunk({ minID: 5, maxID: -1 }, 'incorrect trunk maxID parameter'),
  ...badTrunk({ minID: 5, maxID: 4095 }, 'incorrect trunk maxID parameter'),
  ...badTrunk({ minID: 6, maxID: 5 }, 'minID is greater than maxID in trunk parameter'),
  ...badTrunk({ maxID: 5 }, 'minID and maxID should be configured simultaneously, minID is missing'),
  ...badTrunk({ minID: 5 }, 'minID and maxID should be configured simultaneously, maxID is missing'),
  ...badTrunk({ id: 0 }, 'incorrect trunk id parameter'),
  ...badTrunk({ id: 4095 }, 'incorrect trunk id parameter'),
  ...badConfig({}, 'ARGS: unknown args ["FOO=x"]', { CNI_ARGS: 'FOO=x' }),
  ...badConfig({}, 'ARGS: invalid pair ""', { CNI_ARGS: 'MAC=c2:b0:57:49:47:f1;' }),
  // The order of the checks: VLAN, trunk, CNI_ARGS.
  ...badConfig({ vlan: -1, vlanTrunk: [{ id: 0 }] }, 'invalid VLAN ID -1 (must be between 0 and 4094)'),
  ...badConfig({ vlanTrunk: [{ id: 0 }] }, 'incorrect trunk id parameter', { CNI_ARGS: 'none' }),
]

const mac = (place: object, words: string): BridgeProbe => ({
  title: words,
  config: place,
  prints: failure(`failed to make veth pair: ${words}`),
})

const FLAGS = { hairpinMode: true, promiscMode: true }

const CALLS: readonly BridgeProbe[] = [
  { title: 'hairpin and promiscuous', config: FLAGS, prints: failure('cannot set hairpin mode and promiscuous mode at the same time') },
  { title: 'CNI_ARGS go before that', config: FLAGS, env: { CNI_ARGS: 'none' }, prints: failure('ARGS: invalid pair "none"') },
  { title: 'DEL does not ask', verb: 'DEL', config: FLAGS, prints: '' },
  {
    title: 'addresses for a link that is not to be used',
    config: { ...L3, disableContainerInterface: true, ...FLAGS },
    prints: failure('cannot use IPAM when DisableContainerInterface flag is set'),
  },
  mac({ args: { cni: { mac: 'zz' } } }, 'address zz: invalid MAC address'),
  mac({ runtimeConfig: { mac: '00:11:22:33:44' }, args: { cni: { mac: 'zz' } } }, 'address 00:11:22:33:44: invalid MAC address'),
  {
    title: 'a MAC address of CNI_ARGS',
    config: {},
    env: { CNI_ARGS: 'MAC=x' },
    prints: failure('failed to make veth pair: address x: invalid MAC address'),
  },
  ...[67, 65536].map((mtu) => ({
    title: `an MTU of ${mtu}`,
    config: { bridge: 'new0', mtu },
    prints: failure('failed to create bridge "new0": could not add "new0": invalid argument'),
  })),
  {
    title: 'no namespace',
    config: {},
    env: { CNI_NETNS: '/run/netns/none' },
    prints: failure('failed to open netns "/run/netns/none": failed to Statfs "/run/netns/none": no such file or directory'),
  },
  {
    title: 'an IPAM plugin that is not there',
    config: { ipam: { type: 'nope' } },
    prints: failure('failed to find plugin "nope" in path [BIN]'),
  },
  {
    title: 'an IPAM plugin that is in none of several folders',
    config: { ipam: { type: 'nope' } },
    env: { CNI_PATH: '/one:/two' },
    prints: failure('failed to find plugin "nope" in path [/one /two]'),
  },
  { title: 'an IPAM plugin with a path', config: { ipam: { type: '../nope' } }, prints: failure('invalid plugin name: ../nope') },
  { title: 'what the IPAM plugin says', config: { ipam: { type: 'host-local' } }, prints: failure('no IP ranges specified') },
  { title: 'layer 2 with 0.2.0', config: { cniVersion: '0.2.0' }, prints: failure('cannot convert: no valid IP addresses') },
  {
    title: 'a link that is no bridge',
    config: { bridge: 'lo' },
    prints: failure('failed to create bridge "lo": "lo" already exists but is not a bridge'),
  },
  {
    title: 'an unknown masquerade backend',
    config: { ...L3, ipMasq: true, ipMasqBackend: 'x' },
    prints: failure('unknown ipmasq backend "x"'),
  },
  // The reference fails every CHECK of layer 2, for want of an IPAM plugin.
  { title: 'CHECK of layer 2', verb: 'CHECK', config: {}, prints: failure('Required prevResult missing') },
  {
    title: 'CHECK in no namespace',
    verb: 'CHECK',
    config: L3,
    env: { CNI_NETNS: '/run/netns/none' },
    prints: failure('failed to open netns "/run/netns/none": failed to Statfs "/run/netns/none": no such file or directory'),
  },
  { title: 'CHECK of no lease', verb: 'CHECK', config: L3, prints: failure('host-local: Failed to find address added by container cid1') },
  { title: 'DEL of no namespace', verb: 'DEL', config: L3, env: { CNI_NETNS: '/run/netns/none' }, prints: '' },
  { title: 'DEL of nothing', verb: 'DEL', config: L3, prints: '' },
  { title: 'STATUS without an IPAM plugin', verb: 'STATUS', config: { cniVersion: '1.1.0' }, prints: '' },
  {
    title: 'STATUS of an IPAM plugin that is not there',
    verb: 'STATUS',
    config: { cniVersion: '1.1.0', ipam: { type: 'nope' } },
    // The code of a plugin that cannot serve; the reference says 999.
    prints: { code: 50, msg: 'failed to find plugin "nope" in path [BIN]' },
  },
]

t.test('bridge refuses wrong configs in the reference’s words, whatever is to be done', requires('root', 'ip', 'nsenter'), async (t) => {
  await runProbes(t, CONFIGS.map(probe))
})

t.test('bridge refuses what it cannot do in the reference’s words', requires('root', 'ip', 'nsenter'), async (t) => {
  await runProbes(t, CALLS.map(probe))
})

const ADDED: ProbeCall = { plugin: 'bridge', config: L3 }

t.test('bridge tells of what is already there in the reference’s words', requires('root', 'ip', 'nsenter'), async (t) => {
  const other = { ...L3, ipam: { ...L3.ipam, ranges: [[{ subnet: '10.4.0.0/24' }]] }, isGateway: true }
  await runProbes(t, [
    {
      title: 'an address of another subnet',
      plugin: 'bridge',
      before: [
        { ...ADDED, config: { ...L3, isGateway: true } },
        { ...ADDED, verb: 'DEL' },
      ],
      config: { ...other },
      prints: failure('failed to set bridge addr: "br0" already has an IP address different from 10.4.0.1/24'),
    },
    {
      title: 'CHECK without a result',
      plugin: 'bridge',
      before: [ADDED],
      verb: 'CHECK',
      config: L3,
      prints: failure('Required prevResult missing'),
    },
  ])
})
