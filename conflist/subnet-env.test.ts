import t from 'tap'
import { FileFaults } from './fault.ts'
import { readSubnetEnv } from './subnet-env.ts'

const faultsOf = (...lines: string[]): readonly string[] => {
  try {
    readSubnetEnv(lines.join('\n'), 'subnet.env')
  } catch (error) {
    if (error instanceof FileFaults) return error.message.split('\n')
    throw error
  }
  return []
}

t.test('the gateway that flannel names stands for its network', async (t) => {
  const text = 'FLANNEL_NETWORK=10.20.0.0/16\nFLANNEL_SUBNET=10.20.7.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n'
  t.strictSame(readSubnetEnv(text, 'subnet.env'), { podCidrs: [{ address: '10.20.7.0', prefixLength: 24 }], mtu: 1450 })
})

t.test('both families are taken, IPv4 first', async (t) => {
  const text =
    'FLANNEL_IPV6_NETWORK=fd00:20::/48\nFLANNEL_IPV6_SUBNET=fd00:20:0:7::1/64\nFLANNEL_NETWORK=10.20.0.0/16\nFLANNEL_SUBNET=10.20.7.1/24\n'
  t.strictSame(readSubnetEnv(text, 'subnet.env'), {
    podCidrs: [
      { address: '10.20.7.0', prefixLength: 24 },
      { address: 'fd00:20:0:7::', prefixLength: 64 },
    ],
    mtu: undefined,
  })
})

t.test('one family alone, several networks, blank lines and comments are fine', async (t) => {
  t.strictSame(readSubnetEnv('# flannel\r\n\r\nFLANNEL_IPV6_SUBNET=fd00:20:0:7::1/64\r\n', 'subnet.env').podCidrs, [
    { address: 'fd00:20:0:7::', prefixLength: 64 },
  ])
  t.strictSame(readSubnetEnv('FLANNEL_NETWORK=10.10.0.0/16,10.20.0.0/16\nFLANNEL_SUBNET=10.20.7.1/24', 'subnet.env').podCidrs, [
    { address: '10.20.7.0', prefixLength: 24 },
  ])
})

t.test('a file without a subnet is refused', async (t) => {
  t.strictSame(faultsOf('FLANNEL_MTU=1450'), [
    'subnet.env: FLANNEL_SUBNET: missing: expected an address with a prefix length, such as 10.20.0.1/24',
  ])
  t.strictSame(faultsOf(''), ['subnet.env: FLANNEL_SUBNET: missing: expected an address with a prefix length, such as 10.20.0.1/24'])
})

t.test('every variable that is wrong is named, all at once', async (t) => {
  t.strictSame(faultsOf('FLANNEL_SUBNET=10.20.7.1', 'FLANNEL_IPV6_SUBNET=10.20.7.1/24', 'FLANNEL_MTU=1450.5'), [
    'subnet.env: FLANNEL_SUBNET: "10.20.7.1" is not legal: expected an IPv4 address with a prefix length, such as 10.20.0.1/24',
    'subnet.env: FLANNEL_IPV6_SUBNET: "10.20.7.1/24" is not legal: expected an IPv6 address with a prefix length, such as fd00:20::1/64',
    'subnet.env: FLANNEL_MTU: "1450.5" is not legal: expected a whole number from 68 to 65535',
  ])
  t.strictSame(faultsOf('FLANNEL_SUBNET=10.20.7.1/24', 'FLANNEL_MTU=67'), [
    'subnet.env: FLANNEL_MTU: "67" is not legal: expected a whole number from 68 to 65535',
  ])
})

t.test('a subnet outside its network is refused', async (t) => {
  t.strictSame(faultsOf('FLANNEL_NETWORK=10.20.0.0/16', 'FLANNEL_SUBNET=10.21.7.1/24'), [
    'subnet.env: FLANNEL_SUBNET: "10.21.7.1/24" is not legal: expected a part of FLANNEL_NETWORK=10.20.0.0/16',
  ])
})
