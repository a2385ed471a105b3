import t from 'tap'
import { type Cidr, parseCidr } from '#net/cidr.ts'
import { bridgeAddressChanges } from './bridge-addresses.ts'

const cidrs = (...texts: string[]): Cidr[] => texts.map((text) => parseCidr(text) ?? { address: text, prefixLength: -1 })

/** `+` added, `-` removed. */
const changes = (present: string[], wanted: string[], force = false): string[] =>
  bridgeAddressChanges({ bridge: 'br', vlan: 0, present: cidrs(...present), wanted: cidrs(...wanted), force }).map(
    ({ type, address }) => `${type === 'add-bridge-address' ? '+' : '-'}${address.address}/${address.prefixLength}`,
  )

t.test('a missing address is added, a present one left alone', (t) => {
  t.strictSame(changes([], ['10.1.0.1/24', 'fd00::1/64']), ['+10.1.0.1/24', '+fd00::1/64'])
  t.strictSame(changes(['10.1.0.1/24', 'fd00::1/64', 'fe80::1/64'], ['10.1.0.1/24', 'fd00::1/64']), [])
  t.end()
})

t.test('[bridge 38] another IPv4 address is a conflict, whatever its network; forceAddress replaces it', (t) => {
  const message = 'failed to set bridge addr: "br" already has an IP address different from 10.2.0.1/24'
  for (const other of ['10.1.0.1/24', '10.2.0.1/16', '10.2.0.9/24']) {
    t.throws(() => changes([other], ['10.2.0.1/24']), { message }, other)
    t.strictSame(changes([other], ['10.2.0.1/24'], true), [`-${other}`, '+10.2.0.1/24'])
  }
  t.end()
})

t.test('[bridge 39] an IPv6 address of an overlapping network is a conflict; forceAddress replaces it', (t) => {
  const message = 'failed to set bridge addr: "br" already has an IP address different from fd00::1/64'
  for (const other of ['fd00::1/60', 'fd00::9/64', 'fd00::ff/120']) {
    t.throws(() => changes([other], ['fd00::1/64']), { message }, other)
    t.strictSame(changes([other], ['fd00::1/64'], true), [`-${other}`, '+fd00::1/64'])
  }
  t.end()
})

t.test('[bridge 40] IPv6 addresses of disjoint networks, and addresses of the other family, coexist', (t) => {
  t.strictSame(changes(['fd01::1/64', 'fe80::1/64', '10.1.0.1/24'], ['fd00::1/64']), ['+fd00::1/64'])
  t.strictSame(changes(['fd01::1/64'], ['10.1.0.1/24']), ['+10.1.0.1/24'])
  t.end()
})

t.test('addresses are looked at in the order of the kernel: only what stands before the wanted one conflicts', (t) => {
  t.strictSame(changes(['10.1.0.1/24', '10.9.0.1/24'], ['10.1.0.1/24']), [])
  t.throws(() => changes(['10.9.0.1/24', '10.1.0.1/24'], ['10.1.0.1/24']))
  t.strictSame(changes(['10.9.0.1/24', '10.1.0.1/24'], ['10.1.0.1/24'], true), ['-10.9.0.1/24'])
  t.end()
})

t.test('two IPv4 gateways of one lease conflict with each other, and with forceAddress the last one stays', (t) => {
  t.throws(() => changes([], ['10.1.0.1/24', '10.2.0.1/24']), {
    message: 'failed to set bridge addr: "br" already has an IP address different from 10.2.0.1/24',
  })
  t.strictSame(changes([], ['10.1.0.1/24', '10.2.0.1/24'], true), ['+10.1.0.1/24', '-10.1.0.1/24', '+10.2.0.1/24'])
  t.end()
})

t.test('with a VLAN the device is the gateway into it', (t) => {
  const [wanted, other] = [cidrs('10.1.0.1/24'), cidrs('10.9.0.1/24')]
  t.strictSame(bridgeAddressChanges({ bridge: 'br', vlan: 100, present: [], wanted, force: false }), [
    { type: 'add-bridge-address', bridge: 'br', vlan: 100, address: { address: '10.1.0.1', prefixLength: 24 } },
  ])
  t.throws(() => bridgeAddressChanges({ bridge: 'br', vlan: 100, present: other, wanted, force: false }), {
    message: 'failed to set vlan interface for bridge with addr: "br.100" already has an IP address different from 10.1.0.1/24',
  })
  t.end()
})
