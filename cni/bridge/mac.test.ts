import t from 'tap'
import { localMac, parseMac } from './mac.ts'

t.test('an address is taken in the forms Go takes, and spelt in one', (t) => {
  for (const text of ['c2:11:22:33:44:5f', 'C2-11-22-33-44-5F', 'c211.2233.445f']) t.equal(parseMac(text), 'c2:11:22:33:44:5f', text)
  t.end()
})

t.test('anything else is refused with the text that was given', (t) => {
  const texts = [
    'zz',
    '',
    'c2:11:22:33:44',
    'c2:11:22:33:44:5',
    'c2:11-22:33:44:5f',
    'c2:11:22:33:44:5f:66',
    ' c2:11:22:33:44:5f',
    'c2112233445f',
  ]
  for (const text of texts) t.throws(() => parseMac(text), { message: `address ${text}: invalid MAC address` }, JSON.stringify(text))
  t.end()
})

t.test('an address of another kind of network is Go’s to read, and the kernel’s to refuse', (t) => {
  for (const text of ['c2:11:22:33:44:5f:66:77', 'c211.2233.445f.6677', '00'.concat(':01'.repeat(19))]) {
    t.throws(() => parseMac(text), { message: 'invalid argument' })
  }
  t.end()
})

t.test('a drawn address is locally administered and no group', (t) => {
  t.equal(localMac(Uint8Array.of(0xff, 0x01, 0x02, 0x03, 0x04, 0x05)), 'fe:01:02:03:04:05')
  t.equal(localMac(Uint8Array.of(0x00, 0xff, 0x02, 0x03, 0x04, 0x05)), '02:ff:02:03:04:05')
  t.end()
})
