import t, { type Test } from 'tap'
import { failureOf, type PrintedResult } from '../../cni/bridge-scene.ts'
import { BIN } from '../../cni/plugin.ts'
import { GO_BIN } from '../../cni/swap/trial.ts'
import { makeNamespace } from '../../rig/namespace.ts'
import { requires } from '../../rig/requires.ts'
import { type HostDevice, makeVlanScene, type VlanScene } from './vlan-scene.ts'

const DEFAULT = '1 Egress Untagged'
const NATIVE = '100 PVID Egress Untagged'
const TRUNK = { vlanTrunk: [{ id: 101 }, { minID: 200, maxID: 210 }] }

const find = (devices: readonly HostDevice[], name: string | undefined): HostDevice | undefined =>
  devices.find(({ ifname }) => ifname === name)

const LAYER_2 = [
  [22, 'vlan 100 is the port’s native VLAN', { vlan: 100, preserveDefaultVlan: true }, [DEFAULT, NATIVE]],
  [23, 'a trunk is tagged, and VLAN 1 native', TRUNK, ['1 PVID Egress Untagged', '101', '200-210']],
  [24, 'beside a trunk vlan 100 is native', { vlan: 100, ...TRUNK }, [NATIVE, '101', '200-210']],
  [25, 'without the default VLAN vlan 100 is the only one', { vlan: 100, preserveDefaultVlan: false }, [NATIVE]],
] as const

const layer2 = async (t: Test, scene: VlanScene): Promise<void> => {
  const results: PrintedResult[] = []
  const config = ([number, , fields]: (typeof LAYER_2)[number]): object => ({ cniVersion: '0.4.0', bridge: `bridge${number}`, ...fields })
  for (const each of LAYER_2) results.push(await scene.add(config(each), { ifname: `eth${each[0]}` }))
  const devices = scene.devices()
  t.equal(devices.length, 1 + LAYER_2.length * 2, 'lo, and for each a bridge and a port')
  for (const [index, [number, title, , vlans]] of LAYER_2.entries()) {
    t.test(`[bridge ${number}] layer 2: ${title}`, async (t) => {
      const [bridge, port, ...others] = results[index]?.interfaces ?? []
      t.equal(others.length, 1)
      t.equal(find(devices, bridge?.name)?.linkinfo?.info_data?.vlan_filtering, 1)
      t.strictSame(find(devices, port?.name)?.vlans, vlans)
    })
  }
  const [first = LAYER_2[0]] = LAYER_2
  for (const verb of ['CHECK', 'DEL', 'DEL']) {
    const { exitCode, stdout } = await scene.run(verb, { ...config(first), prevResult: results[0] }, { ifname: 'eth22' })
    t.strictSame([exitCode, stdout], [0, ''], verb)
  }
}

const STACKS = [
  ['IPv4', ['10.1.N.0/24'], ['10.1.N.1/24']],
  ['IPv6', ['fd00:1:N::/64'], ['fd00:1:N::1/64']],
  ['IPv4 and IPv6', ['10.1.N.0/24', 'fd00:1:N::/64'], ['10.1.N.1/24', 'fd00:1:N::1/64']],
  ['one IPv4 and two IPv6 subnets', ['10.1.N.0/24', 'fd00:1:N::/64', 'fd00:2:N::/64'], ['10.1.N.1/24', 'fd00:1:N::1/64', 'fd00:2:N::1/64']],
] as const

const LAYER_3 = [26, 30].flatMap((first) =>
  STACKS.map(([stack, subnets, gateways], position) => {
    const number = first + position
    const placed = (texts: readonly string[]): string[] => texts.map((text) => text.replace('N', String(number)))
    return { number, stack, preserveDefaultVlan: first === 26, subnets: placed(subnets), gateways: placed(gateways) }
  }),
)

const layer3 = async (t: Test, scene: VlanScene): Promise<void> => {
  const results = new Map<number, PrintedResult>()
  const config = ({ number, preserveDefaultVlan, subnets }: (typeof LAYER_3)[number]): object => ({
    bridge: `bridge${number}`,
    vlan: 100,
    preserveDefaultVlan,
    isGateway: true,
    ipam: scene.ipam(...subnets),
  })
  for (const each of LAYER_3) results.set(each.number, await scene.add(config(each), { ifname: `eth${each.number}` }))
  const devices = scene.devices()
  for (const { number, stack, preserveDefaultVlan, gateways } of LAYER_3) {
    const ending = preserveDefaultVlan ? '' : '; one VLAN for each port'
    t.test(`[bridge ${number}] vlan 100, ${stack}: the gateway into the VLAN holds the addresses${ending}`, async (t) => {
      const interfaces = results.get(number)?.interfaces ?? []
      const [bridge, port, gateway] = [0, 1, 3].map((place) => find(devices, interfaces[place]?.name))
      t.strictSame(interfaces.map(({ name }) => name).toSpliced(1, 1), [`bridge${number}`, `eth${number}`, `bridge${number}.100`])
      t.strictSame([interfaces[0]?.mac, interfaces[3]?.mac], [bridge?.address, gateway?.address])
      t.match(gateway, { linkinfo: { info_kind: 'veth' }, mtu: 1500 })
      t.strictSame([gateway?.addresses.toSorted(), bridge?.addresses, bridge?.linkinfo?.info_data?.vlan_filtering], [gateways, [], 1])
      const vlans = preserveDefaultVlan ? [DEFAULT, NATIVE] : [NATIVE]
      const gatewayPort = find(devices, gateway?.link)
      t.equal(devices.filter(({ master }) => master === bridge?.ifname).length, 2)
      t.strictSame(
        [port, gatewayPort].map((each) => [each?.master, each?.vlans]),
        [
          [bridge?.ifname, vlans],
          [bridge?.ifname, vlans],
        ],
      )
    })
  }
  for (const dual of LAYER_3.filter(({ number }) => number === 32)) {
    for (const verb of ['CHECK', 'DEL']) {
      const { exitCode, stdout } = await scene.run(verb, { ...config(dual), prevResult: results.get(32) }, { ifname: 'eth32' })
      t.strictSame([exitCode, stdout], [0, ''], verb)
    }
  }
}

const accidents = async (t: Test, { host, pod, ...scene }: VlanScene): Promise<void> => {
  const config = { bridge: 'br0', vlan: 100, isGateway: true, ipam: scene.ipam('10.1.2.0/24') }

  await t.test('an ADD that fails after the gateway was made leaves neither gateway nor bridge', async (t) => {
    const before = scene.devices().map(({ ifname }) => ifname)
    t.ok(before.includes('bridge32.100'), 'DEL left the gateway of its network')
    const ipam = { ...config.ipam, ranges: [[{ subnet: 'fd00::/64', gateway: 'ff02::7' }]] }
    t.strictSame(failureOf(await scene.run('ADD', { ...config, ipam })), {
      exitCode: 1,
      code: 999,
      msg: 'failed to set vlan interface for bridge with addr: could not add IP address ff02::7/64 to "br0.100": cannot assign requested address',
    })
    t.strictSame(
      scene.devices().map(({ ifname }) => ifname),
      before,
    )
  })

  await t.test('a gateway that was left half made, or without its bridge, is completed', async (t) => {
    const complete = (): void => {
      const devices = scene.devices()
      t.match(find(devices, 'vethhalf'), { master: 'br0', vlans: [NATIVE] })
      t.match(find(devices, 'br0.100'), { addresses: ['10.1.2.1/24'] })
      t.ok(find(devices, 'br0.100')?.flags.includes('UP'))
    }
    host.ip('link add br0.100 type veth peer name vethhalf')
    await scene.add(config)
    complete()
    host.ip('link delete br0')
    pod.ip('link delete eth0')
    await scene.add({ ...config, ipam: scene.ipam('10.1.2.0/24') }, { ifname: 'eth1' })
    complete()
  })

  await t.test('pods of one VLAN reach each other and its gateway, those of another do not', async (t) => {
    const [same, other] = [makeNamespace(t, 'same'), makeNamespace(t, 'other')]
    const address = ({ ips }: PrintedResult): string => ips?.[0]?.address.split('/')[0] ?? ''
    const near = address(await scene.add(config, { pod: same }))
    const far = address(await scene.add({ ...config, vlan: 200, isGateway: false }, { pod: other }))
    const reaches = (to: string, seconds: number): boolean => pod.attempt('ping', '-c1', `-W${seconds}`, to).exitCode === 0
    t.ok(reaches('10.1.2.1', 5), 'the gateway')
    t.ok(reaches(near, 5), 'a pod of the VLAN')
    t.notOk(reaches(far, 1), 'a pod of another')
  })
}

/** Debian's 1.1.1 knows `vlan`, and none of the later options. */
const swap = async (t: Test, scene: VlanScene): Promise<void> => {
  for (const [bridge, attaching, removing] of [
    ['go', GO_BIN, BIN],
    ['our', BIN, GO_BIN],
  ] as const) {
    const config = { cniVersion: '1.0.0', bridge, vlan: 100, isGateway: true, ipam: scene.ipam('10.1.9.0/24') }
    const wanted = { ifname: `eth-${bridge}` }
    const prevResult = await scene.add(config, { ...wanted, suite: attaching })
    for (const verb of ['CHECK', 'DEL']) {
      const { exitCode, stdout } = await scene.run(verb, { ...config, prevResult }, { ...wanted, suite: removing })
      t.strictSame([exitCode, stdout], [0, ''], `${verb} of what ${attaching} attached by ${removing}`)
    }
  }
}

t.test('VLANs of a bridge', requires('root', 'ip', 'bridge', 'ping', 'vlan-filtering', `${GO_BIN}/bridge`), async (t) => {
  const scene = makeVlanScene(t)
  await t.test('layer 2', (t) => layer2(t, scene))
  await t.test('layer 3', (t) => layer3(t, scene))
  await t.test('either suite takes over a pod in a VLAN from the other', (t) => swap(t, scene))
  await t.test('accidents, failures and traffic', (t) => accidents(t, scene))
})
