/**
 * SHA-512 (FIPS 180-4), because names of chains contain it. In the executables it is Bun's own; elsewhere it is written here, because
 * this layer imports nothing. A name is one or two blocks, of which each costs a CNI call a millisecond when it is reckoned in JavaScript;
 * loading `node:crypto` costs 4.
 */

/** The digest of a text's UTF-8 bytes, as 128 lowercase hex digits. */
export const sha512 = (text: string): string => runtime.Bun?.SHA512.hash(text, 'hex') ?? digest(text)

/** https://bun.com/reference/bun/SHA512 */
const runtime = globalThis as { readonly Bun?: { readonly SHA512: { hash(text: string, encoding: 'hex'): string } } }

/** The same without Bun. */
export const digest = (text: string): string => {
  const message = padded(Buffer.from(text))
  let state = wordsOf(INITIAL)
  const constants = wordsOf(CONSTANTS)
  for (let offset = 0; offset < message.length; offset += BLOCK_BYTES)
    state = compress({ state, block: message.subarray(offset, offset + BLOCK_BYTES), constants })
  return state.map((word) => word.toString(16).padStart(16, '0')).join('')
}

const BLOCK_BYTES = 128
/** Behind the message: a 1 bit, and its length in bits as a 128-bit number. */
const TRAILER_BYTES = 17

const padded = (bytes: Buffer): Buffer => {
  const message = Buffer.alloc((bytes.length + TRAILER_BYTES + BLOCK_BYTES - 1) & -BLOCK_BYTES)
  message.set(bytes)
  message[bytes.length] = 0x80
  message.writeBigUInt64BE(BigInt(bytes.length) * 8n, message.length - 8)
  return message
}

const ROUNDS = 80

type Words = readonly bigint[]

/** The variables' names are the standard's (section 6.4.2). */
const compress = ({ state, block, constants }: { state: Words; block: Buffer; constants: Words }): Words => {
  const schedule = scheduleOf(block)
  let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state
  for (const [round, constant] of constants.entries()) {
    const choice = (e & f) ^ (~e & g)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const first = h + (rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)) + choice + constant + (schedule[round] ?? 0n)
    const second = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + majority
    h = g
    g = f
    f = e
    e = word(d + first)
    d = c
    c = b
    b = a
    a = word(first + second)
  }
  return [a, b, c, d, e, f, g, h].map((value, index) => word(value + (state[index] ?? 0n)))
}

const scheduleOf = (block: Buffer): Words => {
  const words = Array.from({ length: 16 }, (_, index) => block.readBigUInt64BE(index * 8))
  for (let index = 16; index < ROUNDS; index++) {
    const early = words[index - 15] ?? 0n
    const late = words[index - 2] ?? 0n
    const mixed = rotate(early, 1n) ^ rotate(early, 8n) ^ (early >> 7n)
    words.push(word((words[index - 16] ?? 0n) + mixed + (words[index - 7] ?? 0n) + (rotate(late, 19n) ^ rotate(late, 61n) ^ (late >> 6n))))
  }
  return words
}

const word = (value: bigint): bigint => BigInt.asUintN(64, value)

const rotate = (value: bigint, bits: bigint): bigint => (value >> bits) | word(value << (64n - bits))

const wordsOf = (hex: string): Words => hex.split(/\s+/).map((digits) => BigInt(`0x${digits}`))

/** Section 5.3.5. */
const INITIAL = `6a09e667f3bcc908 bb67ae8584caa73b 3c6ef372fe94f82b a54ff53a5f1d36f1
  510e527fade682d1 9b05688c2b3e6c1f 1f83d9abfb41bd6b 5be0cd19137e2179`

/** Section 4.2.3. */
const CONSTANTS = `428a2f98d728ae22 7137449123ef65cd b5c0fbcfec4d3b2f e9b5dba58189dbbc 3956c25bf348b538 59f111f1b605d019 923f82a4af194f9b ab1c5ed5da6d8118
  d807aa98a3030242 12835b0145706fbe 243185be4ee4b28c 550c7dc3d5ffb4e2 72be5d74f27b896f 80deb1fe3b1696b1 9bdc06a725c71235 c19bf174cf692694
  e49b69c19ef14ad2 efbe4786384f25e3 0fc19dc68b8cd5b5 240ca1cc77ac9c65 2de92c6f592b0275 4a7484aa6ea6e483 5cb0a9dcbd41fbd4 76f988da831153b5
  983e5152ee66dfab a831c66d2db43210 b00327c898fb213f bf597fc7beef0ee4 c6e00bf33da88fc2 d5a79147930aa725 06ca6351e003826f 142929670a0e6e70
  27b70a8546d22ffc 2e1b21385c26c926 4d2c6dfc5ac42aed 53380d139d95b3df 650a73548baf63de 766a0abb3c77b2a8 81c2c92e47edaee6 92722c851482353b
  a2bfe8a14cf10364 a81a664bbc423001 c24b8b70d0f89791 c76c51a30654be30 d192e819d6ef5218 d69906245565a910 f40e35855771202a 106aa07032bbd1b8
  19a4c116b8d2d0c8 1e376c085141ab53 2748774cdf8eeb99 34b0bcb5e19b48a8 391c0cb3c5c95a63 4ed8aa4ae3418acb 5b9cca4f7763e373 682e6ff3d6b2b8a3
  748f82ee5defb2fc 78a5636f43172f60 84c87814a1f0ab72 8cc702081a6439ec 90befffa23631e28 a4506cebde82bde9 bef9a3f7b2c67915 c67178f2e372532b
  ca273eceea26619c d186b8c721c0c207 eada7dd6cde0eb1e f57d4f7fee6ed178 06f067aa72176fba 0a637dc5a2c898a6 113f9804bef90dae 1b710b35131c471b
  28db77f523047d84 32caab7b40c72493 3c9ebe0a15c9bebc 431d67c49c100d4c 4cc5d4becb3e42b6 597f299cfc657e2a 5fcb6fab3ad6faec 6c44198c4a475817`
