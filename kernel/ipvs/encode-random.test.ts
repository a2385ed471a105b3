/** Whatever is encoded decodes to the same. */
import t from 'tap'
import { addressFromBytes } from '#net/address.ts'
import type { NetlinkReply } from '../netlink/message.ts'
import { type Random, randomFor } from '../testing/bytes.ts'
import { decodeDestination, decodeServer } from './decode.ts'
import { encodeOperation } from './encode.ts'
import { familyOfServer } from './server-id.ts'
import type { Destination, IpvsOperation, VirtualServer, VirtualServerId } from './types.ts'

const FAMILY = 0x23

const payloadOf = (operation: IpvsOperation): Buffer => Buffer.concat([encodeOperation(FAMILY, operation).payload].flat())

const replyOf = (operation: IpvsOperation): NetlinkReply => ({ type: FAMILY, flags: 0, sequence: 1, payload: payloadOf(operation) })

const randomDestination = (random: Random): Destination => ({
  address: randomAddress(random),
  port: random(65_536),
  weight: random(2 ** 31),
})

const randomId = (random: Random): VirtualServerId =>
  random(4) === 0
    ? { fwmark: 1 + random(2 ** 32 - 1), family: random(2) === 0 ? 4 : 6 }
    : { protocol: (['tcp', 'udp', 'sctp'] as const)[random(3)] ?? 'tcp', address: randomAddress(random), port: random(65_536) }

const randomServer = (random: Random): VirtualServer => ({
  ...randomId(random),
  scheduler: ['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'mh', 'sed', 'nq'][random(9)] ?? 'rr',
  schedulerFlags: random(8) << 3,
  persistenceSeconds: random(2) * random(86_401),
})

/** Half of them IPv6; the first byte keeps clear of IPv4-mapped addresses, which are IPv4 here. */
const randomAddress = (random: Random): string => {
  const bytes = Uint8Array.from({ length: random(2) === 0 ? 4 : 16 }, () => random(256) * random(2))
  bytes[0] = 0xfd
  return addressFromBytes(bytes)
}

t.test('what is encoded at random decodes to the same', async (t) => {
  const random = randomFor(t)
  const asked = Array.from({ length: 200 }, () => ({ server: randomServer(random), destination: randomDestination(random) }))
  const decoded = asked.map(({ server, destination }) => ({
    server: decodeServer(replyOf({ verb: 'addServer', server })),
    destination: decodeDestination(replyOf({ verb: 'addDestination', server, destination })),
  }))
  t.match(decoded, asked)
  t.strictSame(
    decoded.map(({ server }) => server?.persistencePrefix),
    asked.map(({ server }) => (familyOfServer(server) === 6 ? 128 : 32)),
  )
})
