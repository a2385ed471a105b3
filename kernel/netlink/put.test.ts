import t from 'tap'
import { putBe16, putU16, putU32 } from './put.ts'

t.test('numbers stand in the machine’s order or in the network’s, and touch no other byte', async (t) => {
  const bytes = Buffer.alloc(10, 0xaa)
  putU16(bytes, 1, 0x1234)
  putU32(bytes, 3, 0xfedc_ba98)
  putBe16(bytes, 7, 0x1234)
  t.equal(bytes.toString('hex'), 'aa341298badcfe1234aa')
})
