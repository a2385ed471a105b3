/** What the reference’s portmap and loopback say of each wrong config, in the exact words. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { failure, type Probe, runProbes } from './probe.ts'

t.before(buildExecutables)

const RESULT = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0', sandbox: 'POD' }], ips: [{ address: '10.5.0.2/24', interface: 0 }] }
const mapped = (...portMappings: object[]): object => ({ prevResult: RESULT, runtimeConfig: { portMappings } })
const ONE = { hostPort: 8080, containerPort: 80, protocol: 'tcp' }

/** ADD and DEL begin otherwise than CHECK. */
const badConfig = (config: object, words: string): Omit<Probe, 'plugin'>[] =>
  ['ADD', 'DEL', 'CHECK'].map((verb) => ({
    title: `${verb}: ${words}`,
    verb,
    config,
    prints: failure(`${verb === 'CHECK' ? '' : 'failed to parse config: '}${words}`),
  }))

const wrongVersion = 'could not parse prevResult: result type supports [1.0.0 1.1.0] but unmarshalled CNIVersion is "0.4.0"'

const CONFIGS = [
  ...badConfig(mapped({ ...ONE, hostPort: 0 }), 'Invalid host port number: 0'),
  ...badConfig(mapped({ ...ONE, hostPort: -1 }), 'Invalid host port number: -1'),
  ...badConfig(mapped(ONE, { ...ONE, containerPort: 0 }), 'Invalid container port number: 0'),
  ...badConfig(mapped({ hostPort: 0, containerPort: 0 }), 'Invalid container port number: 0'),
  ...badConfig({ ...mapped(ONE), backend: 'x' }, 'unrecognized backend "x"'),
  ...badConfig({ ...mapped(ONE), markMasqBit: 32 }, 'MasqMarkBit must be between 0 and 31'),
  ...badConfig({ ...mapped(ONE), markMasqBit: -1 }, 'MasqMarkBit must be between 0 and 31'),
  ...badConfig({ ...mapped(ONE), markMasqBit: 5, externalSetMarkChain: 'X' }, 'Cannot specify externalSetMarkChain and markMasqBit'),
  ...badConfig(
    { ...mapped(ONE), backend: 'iptables', conditionsV4: ['ip', 'saddr', '192.0.2.1'], conditionsV6: ['ip6', 'saddr', 'fd00::1'] },
    'iptables backend was requested but configuration contains nftables-specific options [conditionsV4 conditionsV6]',
  ),
  ...badConfig(
    {
      ...mapped(ONE),
      backend: 'nftables',
      externalSetMarkChain: 'X',
      conditionsV4: ['-s', '192.0.2.1'],
      conditionsV6: ['!', '-s', 'fd00::1'],
    },
    'nftables backend was requested but configuration contains iptables-specific options [externalSetMarkChain conditionsV4 conditionsV6]',
  ),
  ...badConfig({ prevResult: { cniVersion: '0.4.0' } }, `could not parse prevResult: ${wrongVersion}`),
  // The order of the checks: the earlier result, the mark, the backend, the ports.
  ...badConfig({ markMasqBit: 32, backend: 'x' }, 'MasqMarkBit must be between 0 and 31'),
  ...badConfig({ ...mapped({ ...ONE, hostPort: 0 }), backend: 'x' }, 'unrecognized backend "x"'),
  // Without ports too.
  ...badConfig({ prevResult: RESULT, backend: 'x' }, 'unrecognized backend "x"'),
]

const CALLS: readonly Omit<Probe, 'plugin'>[] = [
  { title: 'ADD without a result', config: {}, prints: failure('must be called as chained plugin') },
  { title: 'CHECK without a result', verb: 'CHECK', config: {}, prints: failure('Required prevResult missing') },
  { title: 'DEL without a result', verb: 'DEL', config: { runtimeConfig: { portMappings: [ONE] } }, prints: '' },
  { title: 'DEL without anything', verb: 'DEL', config: {}, prints: '' },
]

const OF_LOOPBACK: readonly Omit<Probe, 'plugin'>[] = [
  {
    title: 'ADD in no namespace',
    env: { CNI_NETNS: '/run/netns/none' },
    prints: failure('failed to Statfs "/run/netns/none": no such file or directory'),
  },
  { title: 'DEL in no namespace', verb: 'DEL', env: { CNI_NETNS: '/run/netns/none' }, prints: '' },
  { title: 'DEL without a namespace', verb: 'DEL', env: { CNI_NETNS: '' }, prints: '' },
  { title: 'CHECK of a link that is down', verb: 'CHECK', prints: failure('loopback interface is down') },
]

t.test(
  'portmap refuses wrong configs in the reference’s words, whatever is to be done',
  requires('root', 'ip', 'nsenter', 'iptables'),
  async (t) => {
    await runProbes(t, of('portmap', [...CONFIGS, ...CALLS]))
  },
)

t.test('loopback refuses what it cannot do in the reference’s words', requires('root', 'ip', 'nsenter'), async (t) => {
  await runProbes(t, of('loopback', [{ title: 'DEL first', verb: 'DEL', prints: '' }, ...OF_LOOPBACK]))
})

const of = (plugin: string, probes: readonly Omit<Probe, 'plugin'>[]): Probe[] => probes.map((each) => ({ plugin, ...each }))
