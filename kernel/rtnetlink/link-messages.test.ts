import t from 'tap'
import { hex } from '../testing/bytes.ts'
import {
  changeLinkRequest,
  decodeLink,
  deleteLinkRequest,
  dumpLinksRequest,
  getLinkByNameRequest,
  getLinkRequest,
} from './link-messages.ts'

const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_GETLINK = 18
const RTM_SETLINK = 19
/** IFLA_EXT_MASK = RTEXT_FILTER_SKIP_STATS */
const SKIP_STATS = '0800 1d00 08000000'

const bytesOf = (request: { payload: Uint8Array | readonly Uint8Array[] }): Buffer => Buffer.concat([request.payload].flat())

t.test('all changes of a device go in one message', async (t) => {
  const request = changeLinkRequest(5, { up: true, master: 3, mac: '02:00:00:00:00:01', mtu: 1450, promiscuous: true })
  t.match(request, { type: RTM_SETLINK, flags: 0, operation: 'change link 5' })
  const attributes = '0a00 0100 020000000001 0000  0800 0400 aa050000  0800 0a00 03000000'
  t.same(bytesOf(request), hex(`00 00 0000 05000000 01010000 01010000 ${attributes}`))
})

t.test('only the flags that are named change', async (t) => {
  const header = (flags: string, change: string) => hex(`00 00 0000 05000000 ${flags} ${change}`)
  t.same(bytesOf(changeLinkRequest(5, { up: true })), header('01000000', '01000000'))
  t.same(bytesOf(changeLinkRequest(5, { up: false })), header('00000000', '01000000'))
  t.same(bytesOf(changeLinkRequest(5, { promiscuous: false })), header('00000000', '00010000'))
  t.same(bytesOf(changeLinkRequest(5, { up: true, promiscuous: false })), header('01000000', '01010000'))
  t.same(bytesOf(changeLinkRequest(5, {})), header('00000000', '00000000'))
})

t.test('master 0 is a value: it releases a port', async (t) => {
  t.same(bytesOf(changeLinkRequest(5, { master: 0 })), hex('00 00 0000 05000000 00000000 00000000 0800 0a00 00000000'))
})

t.test('a device is deleted by its index', async (t) => {
  t.match(deleteLinkRequest(0x1234), { type: RTM_DELLINK, flags: 0 })
  t.same(bytesOf(deleteLinkRequest(0x1234)), hex('00 00 0000 34120000 00000000 00000000'))
})

t.test('queries leave statistics out', async (t) => {
  t.match(getLinkRequest(5), { type: RTM_GETLINK, flags: 0 })
  t.same(bytesOf(getLinkRequest(5)), hex(`00 00 0000 05000000 00000000 00000000 ${SKIP_STATS}`))
  t.match(dumpLinksRequest(), { type: RTM_GETLINK, flags: 0 })
  t.same(bytesOf(dumpLinksRequest()), hex(`00 00 0000 00000000 00000000 00000000 ${SKIP_STATS}`))
})

t.test('a name of up to 15 bytes is a name, a longer one an alternative name', async (t) => {
  const ifinfo = '00 00 0000 00000000 00000000 00000000'
  t.same(bytesOf(getLinkByNameRequest('eth0')), hex(`${ifinfo} ${SKIP_STATS} 0900 0300 6574683000 000000`))
  t.same(bytesOf(getLinkByNameRequest('a'.repeat(15))), hex(`${ifinfo} ${SKIP_STATS} 1400 0300 ${'61'.repeat(15)}00`))
  t.same(bytesOf(getLinkByNameRequest('a'.repeat(16))), hex(`${ifinfo} ${SKIP_STATS} 1500 3500 ${'61'.repeat(16)}00 000000`))
  t.same(bytesOf(getLinkByNameRequest('é'.repeat(8))), hex(`${ifinfo} ${SKIP_STATS} 1500 3500 ${'c3a9'.repeat(8)}00 000000`))
})

const reply = (...lines: readonly string[]) => ({ type: RTM_NEWLINK, flags: 0, sequence: 1, payload: hex(lines.join('')) })

t.test('a veth that is a port of a bridge is read whole, attributes not asked for left aside', async (t) => {
  const veth = reply(
    '00 00 0100 07000000 43100100 00000000', // ARPHRD_ETHER, index 7, IFF_UP | IFF_BROADCAST | ...
    '0a00 0300 766574683000 0000', // IFLA_IFNAME
    '0800 0d00 e8030000', // IFLA_TXQLEN
    '0500 1000 06 000000', // IFLA_OPERSTATE up
    '0800 0400 aa050000', // IFLA_MTU
    '0800 1e00 02000000', // IFLA_PROMISCUITY
    '0a00 0100 0a1b2c3d4eff 0000', // IFLA_ADDRESS
    '0800 0500 02000000', // IFLA_LINK: the other end
    '0800 2500 00000000', // IFLA_LINK_NETNSID
    '0800 0a00 03000000', // IFLA_MASTER
    '2000 1200', // IFLA_LINKINFO
    '  0900 0100 7665746800 000000', // IFLA_INFO_KIND
    '  0b00 0400 62726964676500 00', // IFLA_INFO_SLAVE_KIND
    '  0400 0500', // IFLA_INFO_SLAVE_DATA
    '0800 ff3f 01020304', // an attribute of a later kernel
  )
  t.same(decodeLink(veth), {
    index: 7,
    name: 'veth0',
    mtu: 1450,
    mac: '0a:1b:2c:3d:4e:ff',
    up: true,
    operState: 'up',
    promiscuity: 2,
    kind: 'veth',
    master: 3,
    peerIndex: 2,
  })
})

t.test('a device without kind, master or address has none', async (t) => {
  const device = reply(
    '00 00 feff 02000000 90000000 00000000', // IFF_POINTOPOINT | IFF_NOARP
    '0900 0300 74756e3000 000000', // IFLA_IFNAME
    '0800 0400 dc050000', // IFLA_MTU
    '0500 1000 02 000000', // IFLA_OPERSTATE down
    '0800 1e00 00000000', // IFLA_PROMISCUITY
  )
  t.same(decodeLink(device), { index: 2, name: 'tun0', mtu: 1500, mac: '', up: false, operState: 'down', promiscuity: 0 })
})

t.test('a device is promiscuous when it was set so, not when a program listens', async (t) => {
  const withFlags = (flags: string) => decodeLink(reply(`00 00 0100 02000000 ${flags} 00000000 0800 1e00 01000000`))
  t.match(withFlags('00010000'), { promiscuous: true, promiscuity: 1, up: false })
  t.notOk('promiscuous' in withFlags('01000000'))
})

t.test('what a vxlan runs on is no peer', async (t) => {
  const vxlan = reply(
    '00 00 0100 09000000 00000000 00000000',
    '0700 0300 767800 00', // IFLA_IFNAME
    '0800 0500 02000000', // IFLA_LINK
    '1000 1200  0a00 0100 76786c616e00 0000', // IFLA_LINKINFO { IFLA_INFO_KIND }
  )
  t.match(decodeLink(vxlan), { kind: 'vxlan', peerIndex: undefined })
})

t.test('a device whose information names no kind has none', async (t) => {
  t.equal(decodeLink(reply('00 00 0100 09000000 00000000 00000000 0800 1200 0400 0500')).kind, undefined)
})

t.test('operational states have their RFC 2863 names, those not known yet are unknown', async (t) => {
  const stateOf = (number: string) => decodeLink(reply(`00 00 0100 09000000 00000000 00000000 0500 1000 ${number} 000000`)).operState
  const names = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up', 'unknown']
  t.same(['00', '01', '02', '03', '04', '05', '06', '07'].map(stateOf), names)
})
