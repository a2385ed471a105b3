import t from 'tap'
import { formatMac, parseMac } from './mac.ts'

t.test('an address is printed byte by byte, whatever kind of network it is of', async (t) => {
  t.equal(formatMac(Uint8Array.of(0x0a, 0x1b, 0x2c, 0, 0x4e, 0xff)), '0a:1b:2c:00:4e:ff')
  t.equal(formatMac(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0xfe)), '01:02:03:04:05:06:07:fe')
  t.equal(formatMac(new Uint8Array(0)), '')
})

t.test('an address of Ethernet is read in either case, and nothing else is', async (t) => {
  t.same([...(parseMac('0a:1b:2C:3D:4e:ff') ?? [])], [0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0xff])
  const others = [
    '',
    'zz',
    '0a:1b:2c:3d:4e',
    '0a:1b:2c:3d:4e:ff:00',
    '0a-1b-2c-3d-4e-ff',
    '0a:1b:2c:3d:4e:f',
    'a:1b:2c:3d:4e:ff',
    '0x:1b:2c:3d:4e:ff',
  ]
  for (const text of [...others, ' 0a:1b:2c:3d:4e:ff', '0a:1b:2c:3d:4e:fg', '+1:1b:2c:3d:4e:ff']) t.equal(parseMac(text), undefined, text)
})
