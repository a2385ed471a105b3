import t from 'tap'
import { findIn, listingOf, withLease, withoutAddress } from './listing.ts'

const LEASES = [
  { address: '10.0.0.2', text: 'c1\r\neth0' },
  { address: '10.0.0.22', text: 'c1\r\neth1' },
  { address: 'fd00::2', text: 'c1\r\neth0' },
  { address: '10.0.0.3', text: '' },
]
const find = (listing: ReturnType<typeof listingOf>, text: string) => findIn(listing, text).map(({ address }) => address)

t.test('leases are found by their whole text', async (t) => {
  const listing = listingOf(LEASES)
  t.same(find(listing, 'c1\r\neth0'), ['10.0.0.2', 'fd00::2'])
  t.same(find(listing, ''), ['10.0.0.3'])
  for (const text of ['c1', 'c1\r\neth', 'eth0', '1\r\neth0', ' ', '"']) t.same(find(listing, text), [], JSON.stringify(text))
})

t.test('what is added is found, what is removed is not, and the others stay', async (t) => {
  let listing = withLease(listingOf(LEASES), { address: '10.0.0.4', text: 'c2\r\neth0' })
  t.same([listing.size, find(listing, 'c2\r\neth0')], [5, ['10.0.0.4']])
  listing = withoutAddress(listing, '10.0.0.2')
  t.same([listing.size, find(listing, 'c1\r\neth0'), find(listing, 'c1\r\neth1')], [4, ['fd00::2'], ['10.0.0.22']])
  t.equal(withoutAddress(listing, '10.0.0.2'), listing)
  for (const address of ['10.0.0.22', '10.0.0.3', '10.0.0.4', 'fd00::2']) listing = withoutAddress(listing, address)
  t.same(listing, listingOf([]))
})

t.test('no text is taken for another one, whatever is in it', async (t) => {
  const texts = ['a', 'a "b"', '"b"', ' "b"', 'x\n10.0.0.9 "b"', '\\', '\\"', 'é']
  const listing = listingOf(texts.map((text, index) => ({ address: `10.0.0.${index}`, text })))
  for (const [index, text] of texts.entries()) t.same(find(listing, text), [`10.0.0.${index}`], JSON.stringify(text))
})
