/** Bytes for tests: hex as headers are read, and random values that can be had again. */
import { randomInt } from 'node:crypto'

/** Bytes of hex digits; blanks and line ends are for the reader. */
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s+/g, ''), 'hex')

/** A source of integers of 0..limit-1. */
export type Random = (limit: number) => number

/** Random numbers for one test; their seed is printed, and SEED=… in the environment gives them again. */
export const randomFor = (test: { comment(text: string): void }): Random => {
  const seed = Number(process.env.SEED ?? randomInt(1_000_000))
  test.comment(`SEED=${seed}`)
  return seededRandom(seed)
}

/** The same numbers for the same seed (mulberry32). */
const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}
