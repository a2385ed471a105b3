import { existsSync } from 'node:fs'
import t from 'tap'
import { requires } from '../rig/requires.ts'
import { link } from '../rig/witness-ip.ts'
import { BRIDGE, makeBridgeScene, resultOf } from './bridge-scene.ts'
import { buildExecutables, type PluginOutcome, plugin } from './plugin.ts'

t.before(buildExecutables)

/** Debian's build of the reference, an older one: a second witness of the messages, where it is installed. */
const REFERENCE = '/usr/lib/cni'

interface Disturbance {
  readonly title: string
  /** Commands of `ip`, in the host's namespace or the pod's, and how to undo them. */
  readonly host?: readonly string[]
  readonly pod?: readonly string[]
  readonly undo: { readonly host?: readonly string[]; readonly pod?: readonly string[] }
  readonly message: string
}

const disturbances = (port: string): Disturbance[] => [
  {
    title: 'the bridge is promiscuous',
    host: [`link set ${BRIDGE} promisc on`],
    undo: { host: [`link set ${BRIDGE} promisc off`] },
    message: `Bridge interface ${BRIDGE} configured Promisc Mode false doesn't match current state: true `,
  },
  {
    title: 'the port is off the bridge',
    host: [`link set ${port} nomaster`],
    undo: { host: [`link set ${port} master ${BRIDGE}`] },
    message: `CNI veth created for bridge ${BRIDGE} was not found`,
  },
  {
    title: 'the port has another name',
    host: [`link set ${port} name other`],
    undo: { host: [`link set other name ${port}`] },
    message: `Interface name ${port} not found`,
  },
  {
    title: 'the interface has another name',
    pod: ['link set eth0 name other'],
    undo: { pod: ['link set other name eth0'] },
    message: 'Interface name eth0 not found',
  },
  {
    title: 'an address is gone',
    pod: ['address delete 10.1.2.2/24 dev eth0'],
    undo: { pod: ['address add 10.1.2.2/24 dev eth0', 'route add 10.8.0.0/16 via 10.1.2.1', 'route add default via 10.1.2.1'] },
    message: 'Failed to match addr 10.1.2.2/24 on interface eth0',
  },
  {
    title: 'the route to the pod’s network is gone',
    pod: ['route delete 10.1.2.0/24 dev eth0'],
    undo: { pod: [`route add 10.1.2.0/24 dev eth0 proto kernel scope link src 10.1.2.2`] },
    message: 'Failed to find Gateway 10.1.2.1 for interface eth0',
  },
  {
    title: 'a default route is gone',
    pod: ['route delete default via fd00:1:2::1'],
    undo: { pod: ['route add default via fd00:1:2::1'] },
    message:
      'Expected Route {Dst:{IP::: Mask:00000000000000000000000000000000} GW:fd00:1:2::1 MTU:0 AdvMSS:0 Priority:0 Table:<nil> Scope:<nil>} not found in routing table',
  },
  {
    title: 'a route has another gateway',
    pod: ['route replace 10.8.0.0/16 via 10.1.2.9'],
    undo: { pod: ['route replace 10.8.0.0/16 via 10.1.2.1'] },
    message:
      'Expected Route {Dst:{IP:10.8.0.0 Mask:ffff0000} GW:10.1.2.1 MTU:0 AdvMSS:0 Priority:0 Table:<nil> Scope:<nil>} not found in routing table',
  },
  {
    title: 'the interface is another device',
    pod: ['link set eth0 name old', 'link add eth0 type bridge'],
    undo: { pod: ['link delete eth0', 'link set old name eth0'] },
    message: 'Error: Container interface eth0 not of type veth',
  },
  {
    title: 'the bridge is another device',
    host: [`link set ${BRIDGE} name old`, `link add ${BRIDGE} type veth peer name other`],
    undo: { host: [`link delete ${BRIDGE}`, `link set old name ${BRIDGE}`] },
    message: `Interface ${BRIDGE} does not have link type of bridge`,
  },
]

/** The message of a failed call; nothing when it succeeded. */
const messageOf = ({ stdout }: PluginOutcome): unknown => (stdout === '' ? '' : JSON.parse(stdout).msg)

/** A message without the fields that routes have got since. */
const older = (message: unknown): string => String(message).replace(/ MTU:.*Scope:<nil>/, '')

t.test('CHECK tells what became of an attachment, in the words of the reference', requires('root', 'ip'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const fields = {
    isDefaultGateway: true,
    ipam: scene.ipam(['10.1.2.0/24', 'fd00:1:2::/64'], { routes: [{ dst: '10.8.0.0/16', gw: '10.1.2.1' }] }),
  }
  const prevResult = resultOf(await scene.add(pod, fields))
  const call = { host: scene.host.name, netns: pod.path, containerId: pod.name, config: scene.config({ ...fields, prevResult }) }
  const check = async (): Promise<unknown> => messageOf(await plugin('bridge').check(call))
  const theirs = async (): Promise<unknown> => messageOf(await plugin('bridge', REFERENCE).check({ ...call, path: REFERENCE }))

  t.equal(await check(), '')
  for (const { title, host = [], pod: inside = [], undo, message } of disturbances(prevResult.interfaces[1]?.name ?? '')) {
    scene.host.ip(...host)
    pod.ip(...inside)
    t.equal(await check(), message, title)
    if (existsSync(`${REFERENCE}/bridge`)) t.equal(older(await theirs()), older(message), `${title}, for Debian’s plugin`)
    pod.ip(...(undo.pod ?? []))
    scene.host.ip(...(undo.host ?? []))
  }
  t.equal(await check(), '', 'all is well again')

  pod.remove()
  t.equal(await check(), `failed to open netns "${pod.path}": failed to Statfs "${pod.path}": no such file or directory`)
})

t.test('a program that listens to the bridge changes nothing; the reference’s CHECK fails meanwhile', requires('root', 'ip'), async (t) => {
  const scene = makeBridgeScene(t)
  const pod = scene.makePod()
  const prevResult = resultOf(await scene.add(pod, {}))
  const call = { host: scene.host.name, netns: pod.path, containerId: pod.name, config: scene.config({ prevResult }) }
  // A macvlan in passthru mode raises the counter as a listening program does.
  scene.host.ip(`link add listener link ${BRIDGE} type macvlan mode passthru`, 'link set listener up')
  t.match(link(scene.host, BRIDGE), { promiscuity: 1 })
  t.equal(messageOf(await plugin('bridge').check(call)), '', 'layer 2, where the reference wants an IPAM plugin')
})

t.test(
  'without an address the bridge takes the lowest of its ports’; the reference’s CHECK fails then',
  requires('root', 'ip'),
  async (t) => {
    const scene = makeBridgeScene(t)
    const pod = scene.makePod()
    const prevResult = resultOf(await scene.add(pod, {}))
    const { interfaces } = resultOf(await scene.add(scene.makePod(), {}))
    const lowest = '02:00:00:00:00:00'
    scene.host.ip(`link set ${interfaces[1]?.name} address ${lowest}`)
    t.equal(link(scene.host, BRIDGE)?.address, lowest)
    const call = { host: scene.host.name, netns: pod.path, containerId: pod.name, config: scene.config({ prevResult }) }
    t.equal(messageOf(await plugin('bridge').check(call)), '')
  },
)
