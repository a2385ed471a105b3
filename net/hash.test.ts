import { createHash } from 'node:crypto'
import t from 'tap'
import { attachmentChain, commentHash } from './hash.ts'
import { sha512 } from './sha512.ts'

t.test('[utils] an attachment chain is CNI-, its prefix and the hash of network and container, cut to 28 characters', (t) => {
  t.equal(attachmentChain('', 'test', '1234'), 'CNI-2bbe0c48b91a7d1b8a6753a8')
  t.equal(attachmentChain('PREFIX-', 'test', '1234'), 'CNI-PREFIX-2bbe0c48b91a7d1b8')
  t.equal(attachmentChain('DN-', 'mynet', 'cid1'), 'CNI-DN-a631aa8e1549a3b129110')
  t.equal(attachmentChain('', 'mynet', 'cid1'), 'CNI-a631aa8e1549a3b129110fd2')
  t.end()
})

t.test('[utils] network and container id are joined without a separator', (t) => {
  t.equal(attachmentChain('DN-', 'a', 'bc'), attachmentChain('DN-', 'ab', 'c'))
  t.end()
})

t.test('[utils] a comment hash is 16 hex digits', (t) => {
  t.equal(`${commentHash('unit-test')}-${commentHash('eth0:one')}`, '6fd94d501e58f0aa-287fc69eff0574a2')
  t.end()
})

t.test('sha512 is the standard one, at every length around its block boundaries', (t) => {
  t.equal(
    sha512('abc'),
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  )
  for (const length of [0, 1, 110, 111, 112, 113, 127, 128, 129, 239, 240, 256, 300]) {
    const text = 'x'.repeat(length)
    t.equal(sha512(text), createHash('sha512').update(text).digest('hex'), `${length} bytes`)
  }
  t.equal(sha512('ä€𝄞'), createHash('sha512').update('ä€𝄞').digest('hex'), 'UTF-8')
  t.end()
})
