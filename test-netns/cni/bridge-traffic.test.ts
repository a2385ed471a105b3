import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { requires } from '../rig/requires.ts'
import { bridgePorts, links } from '../rig/witness-ip.ts'
import { addressesOf, BRIDGE, makeBridgeScene, resultOf } from './bridge-scene.ts'
import { BIN, buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const DUAL = ['10.1.2.0/24', 'fd00:1:2::/64']

t.test('pods reach each other, their gateway, and the gateway them, in both families', requires('root', 'ping'), async (t) => {
  const scene = makeBridgeScene(t)
  const pods = [scene.makePod(), scene.makePod()]
  for (const pod of pods) resultOf(await scene.add(pod, { isDefaultGateway: true, ipam: scene.ipam(DUAL) }))
  const [one, other] = pods
  // The bridge's own IPv6 address goes through duplicate address detection, as with the reference: a second or two.
  const reaches = (from: typeof one, to: string, seconds = '5'): number | undefined =>
    from?.attempt('ping', '-q', '-c', '1', '-w', seconds, to).exitCode
  for (const to of ['10.1.2.1', '10.1.2.3', 'fd00:1:2::1', 'fd00:1:2::3']) t.equal(reaches(one, to), 0, to)
  for (const to of ['10.1.2.2', 'fd00:1:2::2']) t.equal(reaches(other, to), 0, to)
  for (const to of ['10.1.2.2', '10.1.2.3', 'fd00:1:2::2', 'fd00:1:2::3']) t.equal(reaches(scene.host, to), 0, to)
  t.equal(reaches(one, '10.1.2.99', '1'), 1, 'and nobody where nobody is')
})

t.test('isolated pods reach the gateway but not each other', requires('root', 'ping'), async (t) => {
  const scene = makeBridgeScene(t)
  const [one, other] = [scene.makePod(), scene.makePod()]
  for (const pod of [one, other]) {
    resultOf(await scene.add(pod, { isDefaultGateway: true, portIsolation: true, ipam: scene.ipam(['10.1.2.0/24']) }))
  }
  t.equal(one.attempt('ping', '-q', '-c', '1', '-w', '5', '10.1.2.1').exitCode, 0)
  t.equal(one.attempt('ping', '-q', '-c', '1', '-w', '1', '10.1.2.3').exitCode, 1)
})

t.test('the config’s dns replaces the name servers of resolvConf', requires('root'), async (t) => {
  const scene = makeBridgeScene(t)
  const folder = mkdtempSync(join(tmpdir(), 'resolv-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const resolvConf = join(folder, 'resolv.conf')
  writeFileSync(resolvConf, 'nameserver 192.0.2.53\n')
  const ipam = scene.ipam(['10.1.2.0/24'], { resolvConf })
  t.strictSame(resultOf(await scene.add(scene.makePod(), { ipam })).dns, { nameservers: ['192.0.2.53'] })
  t.strictSame(resultOf(await scene.add(scene.makePod(), { ipam, dns: { nameservers: ['192.0.2.1'] } })).dns, {
    nameservers: ['192.0.2.1'],
  })
  t.strictSame(resultOf(await scene.add(scene.makePod(), { ipam, dns: { search: [] } })).dns, undefined)
})

t.test(
  'twenty ADDs at once on a host without the bridge, then twenty DELs: distinct addresses, nothing left',
  requires('root'),
  async (t) => {
    const scene = makeBridgeScene(t)
    const pods = Array.from({ length: 20 }, () => scene.makePod())
    const config = { isDefaultGateway: true, hairpinMode: true, ipam: scene.ipam(DUAL) }
    const results = (await Promise.all(pods.map((pod) => scene.add(pod, config)))).map(resultOf)
    t.equal(new Set(results.flatMap(({ ips }) => ips?.map(({ address }) => address))).size, 40)
    t.equal(new Set(results.map(({ interfaces }) => interfaces[0]?.mac)).size, 1, 'all saw the same hardware address of the bridge')
    t.equal(bridgePorts(scene.host).filter(({ master, hairpin }) => master === BRIDGE && hairpin).length, 20)
    t.strictSame(addressesOf(scene.host, BRIDGE), ['10.1.2.1/24', 'fd00:1:2::1/64'])
    const deleted = await Promise.all(pods.map((pod) => scene.del(pod, config)))
    t.strictSame(
      deleted.filter(({ exitCode }) => exitCode !== 0),
      [],
    )
    t.strictSame([scene.leases(), links(scene.host).map(({ ifname }) => ifname)], [[], ['lo', BRIDGE]])
  },
)

t.test('an IPv4 ADD on an existing bridge sends 11 netlink messages, one with two families 14', requires('root', 'strace'), async (t) => {
  const scene = makeBridgeScene(t)
  const folder = mkdtempSync(join(tmpdir(), 'strace-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const messages = (subnets: readonly string[]): number => {
    const pod = scene.makePod()
    const log = join(folder, pod.name)
    const environment = ['CNI_COMMAND=ADD', `CNI_CONTAINERID=${pod.name}`, `CNI_NETNS=${pod.path}`, 'CNI_IFNAME=eth0', `CNI_PATH=${BIN}`]
    const config = JSON.stringify(scene.config({ isDefaultGateway: true, ipam: scene.ipam(subnets) }))
    scene.host.execWithInput(config, 'strace', '-f', '-e', 'trace=sendto', '-o', log, 'env', ...environment, join(BIN, 'bridge'))
    return readFileSync(log, 'utf8').match(/ sendto\(/g)?.length ?? 0
  }
  resultOf(await scene.add(scene.makePod(), { isDefaultGateway: true, ipam: scene.ipam(DUAL) }))
  // A busy machine may have to look twice at the port: the least of three counts.
  const least = (subnets: readonly string[]): number => Math.min(...[1, 2, 3].map(() => messages(subnets)))
  t.equal(least(['10.1.2.0/24']), 11)
  t.equal(least(DUAL), 14)
})
