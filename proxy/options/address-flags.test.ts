import t from 'tap'
import { parseProxyOptions } from './options.ts'
import { problemsOf } from './testing/problems-of.ts'

t.test('NodePorts answer where they are told to', async (t) => {
  const chosen = (...argv: string[]) => parseProxyOptions(argv, {}).nodePortAddresses
  const [v4, v6] = [
    { address: '192.0.2.0', prefixLength: 24 },
    { address: '2001:db8::', prefixLength: 64 },
  ]
  t.strictSame(chosen(), 'node')
  t.strictSame(chosen('--nodeport-addresses='), 'node')
  t.strictSame(chosen('--nodeport-bindon-all-ip'), 'all')
  t.strictSame(chosen('--nodeport-addresses=primary'), 'primary')
  t.strictSame(chosen('--nodeport-addresses=192.0.2.7/24, 2001:db8::/64'), [v4, v6])
  t.strictSame(chosen('--nodeport-addresses=192.0.2.0/24', '--nodeport-addresses=2001:db8::/64'), [v4, v6])
  t.strictSame(problemsOf(['--nodeport-addresses=192.0.2.1']), [
    '--nodeport-addresses=192.0.2.1 is not legal: expected primary, or comma-separated networks such as 192.0.2.0/24 or 2001:db8::/64',
  ])
  t.strictSame(problemsOf(['--nodeport-addresses=primary', '--nodeport-bindon-all-ip']), [
    '--nodeport-addresses and --nodeport-bindon-all-ip exclude each other',
  ])
})

t.test('external addresses are validated as strictly as told, inside the given ranges', async (t) => {
  const argv = [
    '--service-external-ip-range=198.51.100.0/24',
    '--loadbalancer-ip-range=192.0.2.0/24,2001:db8::/64',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-cluster-ip-range=fd00:96::/112',
  ]
  t.strictSame(parseProxyOptions([...argv, '--strict-external-ip-validation=false'], {}).addressRules, {
    strict: false,
    external: [{ address: '198.51.100.0', prefixLength: 24 }],
    balancer: [
      { address: '192.0.2.0', prefixLength: 24 },
      { address: '2001:db8::', prefixLength: 64 },
    ],
    cluster: [
      { address: '10.96.0.0', prefixLength: 16 },
      { address: 'fd00:96::', prefixLength: 112 },
    ],
  })
  t.equal(parseProxyOptions(argv, {}).addressRules.strict, true)
})

t.test('the cluster IPs have one network or two', async (t) => {
  t.strictSame(problemsOf(['--service-cluster-ip-range=']), [
    '--service-cluster-ip-range names 0 networks: expected one, or one of each family',
  ])
  t.strictSame(problemsOf(['--service-cluster-ip-range=10.0.0.0/16,10.1.0.0/16,fd00::/112']), [
    '--service-cluster-ip-range names 3 networks: expected one, or one of each family',
  ])
})
